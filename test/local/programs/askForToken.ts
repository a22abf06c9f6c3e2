/**
 * Asks @azure/identity for a database token and prints its claims, or the error, as JSON.
 * A program of its own because msal keeps its cache and its endpoint in statics of the process.
 */
import { ManagedIdentityCredential } from '@azure/identity';
import { decodeJwt } from 'jose';

const [clientId, scope = 'https://ossrdbms-aad.database.windows.net/.default'] = process.argv.slice(2);
const credential = new ManagedIdentityCredential(clientId ? { clientId } : {});
try {
  const { token, expiresOnTimestamp } = await credential.getToken(scope);
  console.log(JSON.stringify({ claims: decodeJwt(token), expiresOn: expiresOnTimestamp / 1000 }));
} catch (error) {
  console.log(JSON.stringify({ error: String(error) }));
}
