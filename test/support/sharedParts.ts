/** Where the parts are that globalSetup.ts started: `inject('parts')` in a test. */
export interface SharedParts {
  readonly postgres: { readonly socketDirectory: string; readonly port: number; readonly pid: number };
  readonly front: { readonly port: number; readonly caFile: string };
  /** Azurite's connection string, for `JobsStorage`. Queues are shared: give yours names of their own. */
  readonly storage: string;
  /** Environment variables that lead @azure/identity to the identity endpoint. */
  readonly identity: {
    readonly appService: { readonly IDENTITY_ENDPOINT: string; readonly IDENTITY_HEADER: string };
    readonly imds: { readonly AZURE_POD_IDENTITY_AUTHORITY_HOST: string };
  };
}

declare module 'vitest' {
  interface ProvidedContext {
    parts: SharedParts;
  }
}
