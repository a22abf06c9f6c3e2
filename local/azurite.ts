import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { startGuarded } from './guard.ts';

export interface AzuritePorts {
  readonly blob: number;
  readonly queue: number;
  readonly table: number;
}

export interface AzuriteOptions {
  /** @default free ports */
  readonly ports?: AzuritePorts;
  /** Where to keep the data. @default in memory */
  readonly directory?: string;
}

export interface Azurite {
  readonly ports: AzuritePorts;
  /** For the storage SDKs, and for `JobsStorage` and `AzureWebJobsStorage`. */
  readonly connectionString: string;
  readonly pid: number;
  /** Ends it at once; data in memory is lost, data in a directory stays. */
  stop(): Promise<void>;
}

/** The emulator's account and key are public: every emulator of Azure Storage has the same. */
const ACCOUNT = 'devstoreaccount1';
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/**
 * Starts Azurite (blobs, queues, tables on 127.0.0.1), which lives no longer than this process.
 * @throws Error with Azurite's own words, for example when a port is taken.
 */
export async function startAzurite(options: AzuriteOptions = {}): Promise<Azurite> {
  const child = startGuarded(process.execPath, azuriteArguments(options), {
    signal: options.directory === undefined ? 'KILL' : 'TERM',
  });
  const ended = once(child, 'exit');
  const ports = await listeningPorts(child);
  return {
    ports,
    connectionString: connectionString(ports),
    pid: child.pid ?? 0,
    stop: async () => {
      // SIGTERM writes the last changes of a directory, but then waits for idle connections to go.
      child.kill(options.directory === undefined ? 'SIGKILL' : 'SIGTERM');
      const impatience = setTimeout(() => child.kill('SIGKILL'), 1000);
      await ended;
      clearTimeout(impatience);
    },
  };
}

function azuriteArguments({ ports, directory }: AzuriteOptions): string[] {
  const program = createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js');
  return [
    ...['--import', new URL('./azurite/calmQueues.ts', import.meta.url).href, program],
    ...(directory === undefined ? ['--inMemoryPersistence'] : ['--location', directory]),
    // The newest SDKs ask for versions of the storage API that Azurite does not list yet.
    ...['--silent', '--disableTelemetry', '--skipApiVersionCheck'],
    ...['--blobPort', String(ports?.blob ?? 0)],
    ...['--queuePort', String(ports?.queue ?? 0)],
    ...['--tablePort', String(ports?.table ?? 0)],
  ];
}

async function listeningPorts(child: ChildProcess): Promise<AzuritePorts> {
  let output = '';
  const found = new Promise<AzuritePorts>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-4000);
        const [blob, queue, table] = ['Blob', 'Queue', 'Table'].map(
          (service) =>
            new RegExp(`${service} service is successfully listening at http://[^\\s]*:(\\d+)`).exec(
              output,
            )?.[1],
        );
        if (blob && queue && table)
          resolve({ blob: Number(blob), queue: Number(queue), table: Number(table) });
      });
    }
  });
  const died = once(child, 'close').then(() => {
    throw new Error(`Azurite ended before it was ready. It said:\n${output.trim()}`);
  });
  const ports = await Promise.race([found, died]);
  died.catch(() => {});
  return ports;
}

function connectionString(ports: AzuritePorts): string {
  const endpoint = (port: number) => `http://127.0.0.1:${port}/${ACCOUNT}`;
  return [
    'DefaultEndpointsProtocol=http',
    `AccountName=${ACCOUNT}`,
    `AccountKey=${KEY}`,
    `BlobEndpoint=${endpoint(ports.blob)}`,
    `QueueEndpoint=${endpoint(ports.queue)}`,
    `TableEndpoint=${endpoint(ports.table)}`,
  ].join(';');
}
