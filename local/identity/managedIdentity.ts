/** An identity as Entra knows it. */
export interface ManagedIdentity {
  readonly name: string;
  /** False: the one system-assigned identity, which a request that names none gets. */
  readonly userAssigned: boolean;
  readonly clientId: string;
  /** The object id of its service principal: the `oid` of its tokens, and what a database role is mapped to. */
  readonly principalId: string;
  /** Azure's path of the resource. */
  readonly resourceId: string;
}

/** How a request names the identity it wants; the parameter's name depends on the endpoint. */
export interface IdentityChoice {
  readonly clientId: string | null;
  readonly principalId: string | null;
  readonly resourceId: string | null;
}

/** The identity that a request asks for: the system-assigned one when it names none; null when there is no such. */
export function chooseIdentity(
  identities: readonly ManagedIdentity[],
  { clientId, principalId, resourceId }: IdentityChoice,
): ManagedIdentity | null {
  if (clientId === null && principalId === null && resourceId === null) {
    return identities.find((identity) => !identity.userAssigned) ?? null;
  }
  return (
    identities.find(
      (identity) =>
        identity.userAssigned &&
        (same(identity.clientId, clientId) ||
          same(identity.principalId, principalId) ||
          same(identity.resourceId, resourceId)),
    ) ?? null
  );
}

/** Entra compares ids, and Azure resource paths, without regard to case. */
const same = (known: string, asked: string | null) =>
  asked !== null && known.toLowerCase() === asked.toLowerCase();
