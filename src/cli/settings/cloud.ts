import type { Cloud } from '../../lib/database/scope.ts';
import type { Environment } from '../../lib/settings.ts';

/** AZURE_CLOUD, for commands that do not need the other settings; a wrong one is told by those that do. */
export function cloudOf(environment: Environment): Cloud {
  const cloud = environment['AZURE_CLOUD'];
  return cloud === 'usgov' || cloud === 'china' ? cloud : 'public';
}
