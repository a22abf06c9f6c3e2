import type { ManagedIdentity } from './managedIdentity.ts';

/** The tenant that the embedded stack pretends to live in. */
export const TENANT_ID = '6a1f0c5e-4f0b-4c1e-9d53-0a7c2b9e7d11';

const GROUP = '/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourcegroups/nightshift-local/providers';

/** The app's own, system-assigned. */
export const APP_IDENTITY: ManagedIdentity = {
  name: 'nightshift-app',
  userAssigned: false,
  clientId: 'c4b7d3f2-61a5-4c55-8a0e-2f3d5b6e9a01',
  principalId: '1d0a4f8c-7c3b-4b9a-93d1-5e8f6a7b2c01',
  resourceId: `${GROUP}/Microsoft.Web/sites/nightshift-app`,
};

/** The user-assigned identity of ad-hoc queries (QUERY_AZURE_CLIENT_ID). */
export const QUERY_IDENTITY: ManagedIdentity = {
  name: 'nightshift-query',
  userAssigned: true,
  clientId: 'c4b7d3f2-61a5-4c55-8a0e-2f3d5b6e9a02',
  principalId: '1d0a4f8c-7c3b-4b9a-93d1-5e8f6a7b2c02',
  resourceId: `${GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/nightshift-query`,
};
