import { connect } from 'node:net';
import { EXIT } from '../exitCodes.ts';
import { durationText } from '../output/time.ts';
import { Broken, type Check, ok } from './check.ts';
import { type DatabasePatient, isRemote } from './patient.ts';

const TIMEOUT_MS = 5_000;

export const tcpCheck: Check<DatabasePatient> = {
  name: 'tcp',
  applies: isRemote,
  async examine({ target: { host, port, setting } }) {
    const started = performance.now();
    const problem = await tryConnect(host, port);
    if (problem === null)
      return ok(`${host}:${port} answers after ${durationText(performance.now() - started)}.`);
    const advice =
      problem === 'ECONNREFUSED'
        ? `Nothing listens there. Is the server running, and is ${port} its port? Correct ${setting}.`
        : `A firewall drops it. On Azure: az postgres flexible-server firewall-rule create, or connect from the server's virtual network. Try: nc -vz ${host} ${port}`;
    throw new Broken(EXIT.network, `${host}:${port} cannot be reached (${problem}).`, advice);
  },
};

function tryConnect(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MS });
    const end = (problem: string | null) => {
      socket.destroy();
      resolve(problem);
    };
    socket.once('connect', () => end(null));
    socket.once('timeout', () => end('no answer'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}
