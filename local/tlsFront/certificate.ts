import { generate } from 'selfsigned';

export interface ServerCertificate {
  /** PEM of the authority, for `sslrootcert`. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** An authority of our own, and what it signed for localhost and 127.0.0.1: `verify-full` needs both. */
export async function makeServerCertificate(): Promise<ServerCertificate> {
  const common = { keyType: 'ec', algorithm: 'sha256', notAfterDate: inOneYear() } as const;
  const authority = await generate([{ name: 'commonName', value: 'Nightshift local authority' }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...common,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { authority: authority.cert, certificate: server.cert, key: server.private };
}

function inOneYear(): Date {
  const date = new Date();
  date.setFullYear(date.getFullYear() + 1);
  return date;
}
