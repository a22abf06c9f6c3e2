import { once } from 'node:events';
import { createServer } from 'node:net';

/** The port if nobody on 127.0.0.1 has it at the moment, otherwise 0: the system chooses one. */
export async function portOrFree(port: number): Promise<number> {
  const probe = createServer();
  try {
    probe.listen(port, '127.0.0.1');
    await once(probe, 'listening');
    return port;
  } catch {
    return 0;
  } finally {
    probe.close();
  }
}
