import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';

/** What a running stack holds of this machine. */
export interface StackParts {
  readonly ports: readonly number[];
  /** PostgreSQL's. */
  readonly folder: string;
}

/** Reads them where the nightshift command does. */
export async function findParts(project: string): Promise<StackParts> {
  const file = await readFile(join(project, '.nightshift', 'stack.json'), 'utf8');
  const { settings, setup } = JSON.parse(file) as Record<'settings' | 'setup', Record<string, string>>;
  const addresses = JSON.stringify(settings).matchAll(/(?:127\.0\.0\.1|localhost):(\d+)/g);
  const sockets = new URLSearchParams(setup['SETUP_DATABASE_URL']?.split('?')[1]).get('host') ?? '';
  return { ports: [...new Set([...addresses].map((match) => Number(match[1])))], folder: dirname(sockets) };
}

/** Whether anything of it is still there. */
export async function isAnythingLeft({ ports, folder }: StackParts): Promise<boolean> {
  return existsSync(folder) || (await Promise.all(ports.map(answers))).includes(true);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
