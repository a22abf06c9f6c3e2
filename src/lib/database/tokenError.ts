/** There is no token. The message says why, in the identity's own words without their secrets, and what to do. */
export class TokenError extends Error {
  constructor(reason: unknown, advice: string) {
    super(`No access token could be had: ${sentence(withoutSecrets(reason))} ${advice}`);
    this.name = 'TokenError';
  }
}

const LONGEST = 600;

/**
 * @azure/identity and msal put whole answers into their errors, and a broken answer may hold a token; so their error
 * is not kept as a cause either. What looks like a token, or like any secret of its length, is left out.
 */
function withoutSecrets(reason: unknown): string {
  const text = reason instanceof Error ? reason.message : String(reason);
  // What msal puts around the endpoint's reason: "Error(s): Not Available - Timestamp: Not Available - Description: ".
  const description = /- Description: (.*) - Correlation ID: /s.exec(text)?.[1];
  return (description ?? text)
    .replace(/\beyJ[\w-]*(\.[\w-]*)*/g, '[token]')
    .replace(
      /(access_token|refresh_token|client_secret|assertion)(["']?\s*[:=]\s*["']?)[^"'&,}\s]+/gi,
      '$1$2[secret]',
    )
    .replace(/[\w+-]{40,}/g, '[secret]')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, LONGEST);
}

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);
