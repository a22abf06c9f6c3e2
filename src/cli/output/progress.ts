/** Something under way, told on standard error. */
export interface Progress {
  /** It has got further; the same text twice is told once. */
  update(text: string): void;
  /** Clears the spinner; tells nothing. Safe to call twice. */
  stop(): void;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;

/**
 * @param terminal where the spinner turns; null where there is no terminal
 * @param say takes the lines then
 */
export function startProgress(
  terminal: NodeJS.WriteStream | null,
  say: (text: string) => void,
  text: string,
): Progress {
  return terminal ? spinner(terminal, text) : lines(say, text);
}

function lines(say: (text: string) => void, first: string): Progress {
  let last = first;
  say(first);
  return {
    update(text) {
      if (text !== last) say(text);
      last = text;
    },
    stop() {},
  };
}

function spinner(terminal: NodeJS.WriteStream, first: string): Progress {
  const started = performance.now();
  let text = first;
  let frame = 0;
  const clear = () => terminal.write('\r\x1b[K');
  const draw = () => {
    const seconds = Math.floor((performance.now() - started) / 1000);
    const line = `${FRAMES[frame++ % FRAMES.length]} ${text} ${seconds > 0 ? `${seconds} s` : ''}`;
    clear();
    // A line that wraps could not be cleared.
    terminal.write(line.slice(0, Math.max((terminal.columns || 80) - 1, 1)));
  };
  draw();
  const timer = setInterval(draw, FRAME_MS);
  return {
    update(next) {
      text = next;
    },
    stop() {
      clearInterval(timer);
      clear();
    },
  };
}
