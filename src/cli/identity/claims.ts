import { z } from 'zod';

/** What a database token says of its owner. Nothing here proves anything: the server checks the signature. */
const schema = z.object({
  aud: z.string().optional(),
  iss: z.string().optional(),
  oid: z.string().optional(),
  appid: z.string().optional(),
  azp: z.string().optional(),
  tid: z.string().optional(),
  upn: z.string().optional(),
  unique_name: z.string().optional(),
  preferred_username: z.string().optional(),
  /** The Azure resource that a managed identity is, or belongs to. */
  xms_mirid: z.string().optional(),
  /** Seconds of the epoch. */
  iat: z.number().optional(),
  nbf: z.number().optional(),
  exp: z.number().optional(),
});

export type Claims = z.infer<typeof schema>;

/** Null for a token that is not a JWT. */
export function readClaims(token: string): Claims | null {
  const [, payload, ...rest] = token.split('.');
  if (payload === undefined || rest.length !== 1) return null;
  try {
    return schema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
  } catch {
    return null;
  }
}

/** Whose token it is, in words: which of the identities that could have been found was found. */
export function ownerText(claims: Claims): string {
  const person = claims.upn ?? claims.preferred_username ?? claims.unique_name;
  if (claims.xms_mirid !== undefined) {
    const name = claims.xms_mirid.split('/').at(-1) ?? claims.xms_mirid;
    return /\/userAssignedIdentities\//i.test(claims.xms_mirid)
      ? `the user-assigned managed identity ${name}`
      : `the system-assigned managed identity of ${name}`;
  }
  if (person !== undefined) return `the user ${person}`;
  const app = claims.appid ?? claims.azp;
  return app === undefined ? `the principal ${claims.oid ?? 'without a name'}` : `the application ${app}`;
}
