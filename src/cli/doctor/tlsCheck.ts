import type { DetailedPeerCertificate } from 'node:tls';
import type { DatabaseTarget } from '../../lib/database/databaseUrl.ts';
import { EXIT } from '../exitCodes.ts';
import { Broken, type Check, ok, warning } from './check.ts';
import { type DatabasePatient, isRemote } from './patient.ts';
import { type Handshake, shakeHands } from './tlsHandshake.ts';

const SOON_MS = 14 * 86_400_000;

export const tlsCheck: Check<DatabasePatient> = {
  name: 'tls',
  applies: isRemote,
  async examine({ target }) {
    if (target.tls === 'off') {
      return warning(
        ['sslmode=disable: everything, the password included, travels in the clear.'],
        `Leave sslmode out of ${target.setting}, if the server is not on this machine.`,
      );
    }
    const handshake = await shakeHands(target);
    if (handshake === null) {
      throw new Broken(
        EXIT.tls,
        'The server does not offer TLS.',
        `Switch it on in the server (ssl = on), or correct host and port in ${target.setting}.`,
      );
    }
    const facts = factsOf(handshake);
    if (handshake.problem !== null) {
      throw new Broken(
        EXIT.tls,
        [`The server is not proven to be ${target.host}: ${handshake.problem.message}.`, ...facts].join(' '),
        adviceOf(handshake, target),
      );
    }
    const [own] = handshake.chain;
    const end = own === undefined ? Number.NaN : Date.parse(own.valid_to);
    if (end - Date.now() < SOON_MS) return warning(facts, "Renew the server's certificate before it ends.");
    return target.tls === 'verify-full'
      ? ok(...facts)
      : warning(
          facts,
          `sslmode in ${target.setting} is weaker than verify-full: leave it out, so that the server's name is verified.`,
        );
  },
};

function factsOf({ protocol, chain }: Handshake): string[] {
  const [own] = chain;
  const until = own === undefined ? '' : `, valid until ${new Date(own.valid_to).toISOString().slice(0, 10)}`;
  return [`${protocol}; the certificate is ${chain.map(nameOf).join(', issued by ')}${until}.`];
}

const nameOf = ({ subject }: DetailedPeerCertificate) =>
  one(subject.CN) ?? one(subject.O) ?? 'without a name';
const one = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value);

function adviceOf(
  { problem, chain }: Handshake,
  { host, port, setting, rootCertificate }: DatabaseTarget,
): string {
  switch (problem?.code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `Use in ${setting} one of the names in the certificate (${chain[0]?.subjectaltname ?? 'none'}), not an address or an alias.`;
    case 'CERT_HAS_EXPIRED':
      return "Renew the server's certificate. If it is fresh, the clock of this machine is wrong.";
    case 'CERT_NOT_YET_VALID':
      return 'Set the clock of this machine: sudo timedatectl set-ntp true';
  }
  const last = chain.at(-1);
  const root = last === undefined ? 'its root' : `"${nameOf(last)}"`;
  const show = `openssl s_client -starttls postgres -showcerts -connect ${host}:${port} </dev/null`;
  return rootCertificate === null
    ? `The chain does not end in a root that Node trusts. If ${root} is your company's authority, save its certificate as root.pem and add sslrootcert=/path/of/root.pem to ${setting}, or set NODE_EXTRA_CA_CERTS to that path. See the chain with: ${show}`
    : `${rootCertificate} (sslrootcert in ${setting}) is not the root of this chain, which ends in ${root}. See the chain with: ${show}`;
}
