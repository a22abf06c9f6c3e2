import Module from 'node:module';

/** What the library asks of the worker: types-core/index.d.ts of Azure/azure-functions-nodejs-library. */
export interface CoreModule {
  readonly version: string;
  readonly hostVersion: string;
  setProgrammingModel(model: ProgrammingModel): void;
  getProgrammingModel(): ProgrammingModel | undefined;
  registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): Disposable;
  registerHook(name: string, callback: HookCallback): Disposable;
  log(level: string, category: string, message: string): void;
  readonly Disposable: typeof Disposable;
}

export interface FunctionMetadata {
  readonly name: string;
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly retryOptions?: unknown;
}

/** A binding as the app gave it: its options stand beside `type` and `direction`. */
export type Binding = Readonly<Record<string, unknown>>;

export type FunctionCallback = (...args: unknown[]) => unknown;
export type HookCallback = (context: object) => unknown;

export interface ProgrammingModel {
  readonly name: string;
  readonly version: string;
  getInvocationModel(context: CoreInvocationContext): InvocationModel | Promise<InvocationModel>;
  getCapabilities?(capabilities: Record<string, string>): unknown;
}

export interface CoreInvocationContext {
  readonly invocationId: string;
  readonly request: InvocationRequest;
  readonly metadata: FunctionMetadata;
  state: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks' | undefined;
  log(level: string, category: string, message: string): void;
}

export interface InvocationRequest {
  readonly invocationId: string;
  readonly functionId: string;
  readonly inputData: readonly { readonly name: string; readonly data: TypedData }[];
  readonly triggerMetadata: Readonly<Record<string, TypedData>>;
}

export type TypedData =
  | { readonly string: string }
  | { readonly json: string }
  | { readonly bytes: Uint8Array };

export interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<unknown>;
}

export interface RegisteredFunction {
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
}

const HOOKS = ['preInvocation', 'postInvocation', 'appStart', 'appTerminate'] as const;
export type HookName = (typeof HOOKS)[number];

class Disposable {
  readonly dispose: () => void;
  constructor(dispose: () => void) {
    this.dispose = dispose;
  }
}

/** What an app registered while it was loaded, and the module through which it did. */
export class Core {
  readonly functions = new Map<string, RegisteredFunction>();
  readonly hooks: Record<HookName, HookCallback[]> = {
    preInvocation: [],
    postInvocation: [],
    appStart: [],
    appTerminate: [],
  };
  /** Shared by the hooks of all scopes. */
  readonly appHookData: object = {};
  model: ProgrammingModel | undefined;
  /** Set when the app has been loaded: a function cannot be registered after that. */
  locked = false;
  readonly #log: (level: string, message: string) => void;

  constructor(log: (level: string, message: string) => void) {
    this.#log = log;
  }

  async runHooks(name: HookName, context: object): Promise<void> {
    for (const hook of this.hooks[name]) await hook(context);
  }

  readonly module: CoreModule = {
    version: '3.0.0',
    hostVersion: '4.0.0',
    Disposable,
    setProgrammingModel: (model) => {
      this.model = model;
    },
    getProgrammingModel: () => this.model,
    registerFunction: (metadata, callback) => {
      if (this.locked) throw new Error('A function can only be registered during app startup.');
      if (this.functions.has(metadata.name)) {
        throw new Error(`A function with id "${metadata.name}" has already been registered.`);
      }
      this.functions.set(metadata.name, { metadata, callback });
      return new Disposable(() => this.functions.delete(metadata.name));
    },
    registerHook: (name, callback) => {
      const known = HOOKS.find((hook) => hook === name);
      if (!known)
        throw new RangeError(`The local functions host has no hook "${name}": use ${HOOKS.join(', ')}`);
      const hooks = this.hooks[known];
      hooks.push(callback);
      return new Disposable(() => hooks.splice(hooks.indexOf(callback), 1));
    },
    log: (level, _category, message) => this.#log(level, message),
  };
}

/**
 * Makes `require('@azure/functions-core')` give the module, the way the real worker does it
 * (src/setupCoreModule.ts of Azure/azure-functions-nodejs-worker): no such package exists. It reaches CommonJS,
 * packages that an ES module imports, and what createRequire makes.
 */
export function provideCoreModule(core: CoreModule): void {
  const original = Module.prototype.require;
  // The type of `require` also has properties (resolve, cache...) that a prototype's method lacks.
  Module.prototype.require = function require(this: NodeJS.Module, id: string): unknown {
    return id === '@azure/functions-core' ? core : Reflect.apply(original, this, [id]);
  } as typeof original;
}
