export type Cloud = 'public' | 'usgov' | 'china';

/**
 * What a token for Azure Database for PostgreSQL is asked for
 * (https://learn.microsoft.com/azure/postgresql/security/security-entra-configure, "Retrieve the token"; the audience
 * is that of all open-source databases) and where a developer logs in.
 */
const CLOUDS: Readonly<Record<Cloud, { scope: string; authorityHost: string }>> = {
  public: {
    scope: 'https://ossrdbms-aad.database.windows.net/.default',
    authorityHost: 'https://login.microsoftonline.com',
  },
  usgov: {
    scope: 'https://ossrdbms-aad.database.usgovcloudapi.net/.default',
    authorityHost: 'https://login.microsoftonline.us',
  },
  china: {
    scope: 'https://ossrdbms-aad.database.chinacloudapi.cn/.default',
    authorityHost: 'https://login.chinacloudapi.cn',
  },
};

export const databaseScope = (cloud: Cloud) => CLOUDS[cloud].scope;
export const authorityHost = (cloud: Cloud) => CLOUDS[cloud].authorityHost;
