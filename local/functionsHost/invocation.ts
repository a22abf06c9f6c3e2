import { randomUUID } from 'node:crypto';
import type { Core, CoreInvocationContext, InvocationRequest, RegisteredFunction } from './core.ts';
import type { HostLog } from './hostLog.ts';

export type TriggerInput = Pick<InvocationRequest, 'inputData' | 'triggerMetadata'>;

/**
 * Runs a function once, through the programming model's own conversions, in the order of the real worker
 * (src/eventHandlers/InvocationHandler.ts).
 *
 * @throws what the handler threw, a hook threw, or the conversion of its return value threw. A handler that
 *   throws undefined or null has succeeded: the worker takes those for "no error".
 */
export async function invokeFunction(
  core: Core,
  registered: RegisteredFunction,
  input: TriggerInput,
  log: HostLog,
): Promise<void> {
  const { metadata } = registered;
  if (!core.model)
    throw new Error('The app set no programming model: it must use @azure/functions version 4');
  const invocationId = randomUUID();
  const coreContext: CoreInvocationContext = {
    invocationId,
    request: { invocationId, functionId: metadata.name, ...input },
    metadata,
    state: undefined,
    log: (level, _category, message) => log(level, metadata.name, message),
  };
  const model = await core.model.getInvocationModel(coreContext);
  const { context, inputs } = await model.getArguments();
  const hookData = { hookData: {}, appHookData: core.appHookData, invocationContext: context };

  const before = { ...hookData, functionCallback: registered.callback, inputs };
  coreContext.state = 'preInvocationHooks';
  await core.runHooks('preInvocation', before);

  const after: { result: unknown; error: unknown } & typeof hookData & { inputs: unknown[] } = {
    ...hookData,
    inputs: before.inputs,
    result: null,
    error: null,
  };
  coreContext.state = 'invocation';
  try {
    after.result = await model.invokeFunction(context, before.inputs, before.functionCallback);
  } catch (error) {
    after.error = error;
  }
  coreContext.state = 'postInvocationHooks';
  await core.runHooks('postInvocation', after);
  coreContext.state = undefined;

  if (after.error !== null && after.error !== undefined) throw after.error;
  await model.getResponse(context, after.result);
}
