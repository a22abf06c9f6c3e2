/** The token audiences of Azure Database for PostgreSQL in the public, US government and China clouds. */
const DATABASE_RESOURCES = [
  'https://ossrdbms-aad.database.windows.net',
  'https://ossrdbms-aad.database.usgovcloudapi.net',
  'https://ossrdbms-aad.database.chinacloudapi.cn',
] as const;

export const DATABASE_RESOURCE = DATABASE_RESOURCES[0];

const KNOWN_RESOURCES: readonly string[] = [
  ...DATABASE_RESOURCES,
  'https://storage.azure.com',
  'https://management.azure.com',
  'https://vault.azure.net',
];

/** Whether the tenant has this resource; with or without the slash at the end, as Entra takes both. */
export const isKnownResource = (resource: string) => KNOWN_RESOURCES.includes(resource.replace(/\/$/, ''));
