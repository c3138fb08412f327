/**
 * As much of the peers' packages as their scripts use. A checkout has none of them until the bench installs them, and its
 * sources have to compile all the same.
 */

declare module "bullmq" {
  export interface ConnectionOptions {
    readonly host: string;
    readonly port: number;
    readonly maxRetriesPerRequest: null;
  }
  export interface JobOptions {
    readonly jobId?: string;
    readonly removeOnComplete?: boolean;
    readonly removeOnFail?: boolean;
    readonly failParentOnFailure?: boolean;
  }
  export interface Job<Data> {
    readonly name: string;
    readonly data: Data;
  }
  export class Queue<Data> {
    constructor(name: string, options: { readonly connection: ConnectionOptions });
    add(name: string, data: Data, options?: JobOptions): Promise<Job<Data>>;
    close(): Promise<void>;
  }
  export class Worker<Data> {
    constructor(
      queue: string,
      processor: (job: Job<Data>) => Promise<unknown>,
      options: { readonly connection: ConnectionOptions; readonly concurrency: number },
    );
    on(event: "completed", listener: (job: Job<Data>) => void): this;
    on(event: "failed", listener: (job: Job<Data> | undefined, error: Error) => void): this;
    on(event: "error", listener: (error: Error) => void): this;
    waitUntilReady(): Promise<unknown>;
    close(): Promise<void>;
  }
  export interface FlowJob<Data> {
    readonly name: string;
    readonly queueName: string;
    readonly data: Data;
    readonly opts: JobOptions;
    readonly children?: readonly FlowJob<Data>[];
  }
  export class FlowProducer {
    constructor(options: { readonly connection: ConnectionOptions });
    add<Data>(flow: FlowJob<Data>): Promise<unknown>;
    close(): Promise<void>;
  }
}

declare module "ioredis" {
  export class Redis {
    constructor(options: { readonly host: string; readonly port: number });
    config(verb: "GET", pattern: string): Promise<string[]>;
    zrange(key: string, first: number, last: number): Promise<string[]>;
    quit(): Promise<unknown>;
  }
}

declare module "@restatedev/restate-sdk" {
  import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
  export interface WorkflowContext {
    run<T>(name: string, action: () => Promise<T>): Promise<T>;
  }
  type Handler<In, Out> = (context: WorkflowContext, input: In) => Promise<Out>;
  export interface Definition<In, Out> {
    readonly name: string;
    readonly handlers: { readonly run: Handler<In, Out> };
  }
  export function service<In, Out>(definition: Definition<In, Out>): Definition<In, Out>;
  export function workflow<In, Out>(definition: Definition<In, Out>): Definition<In, Out>;
  export function createEndpointHandler(options: {
    readonly services: readonly Definition<never, unknown>[];
    readonly logger: () => void;
  }): (request: Http2ServerRequest, response: Http2ServerResponse) => void;
}

declare module "@restatedev/restate-sdk-clients" {
  import type { Definition } from "@restatedev/restate-sdk";
  export interface Ingress {
    serviceClient<In, Out>(definition: Definition<In, Out>): { run(input: In): Promise<Out> };
    workflowClient<In, Out>(
      definition: Definition<In, Out>,
      key: string,
    ): { workflowSubmit(input: In): Promise<unknown>; workflowAttach(): Promise<Out> };
  }
  export function connect(options: { readonly url: string }): Ingress;
}

declare module "@dbos-inc/dbos-sdk" {
  type Start<In extends unknown[], Out> = (...given: In) => Promise<{ getResult(): Promise<Out> }>;
  export const DBOS: {
    setConfig(config: {
      readonly name: string;
      readonly systemDatabaseUrl: string;
      readonly systemDatabasePoolSize: number;
      readonly logLevel: string;
    }): void;
    registerWorkflow<In extends unknown[], Out>(
      workflow: (...given: In) => Promise<Out>,
      options: { readonly name: string },
    ): (...given: In) => Promise<Out>;
    runStep<T>(step: () => Promise<T>, options: { readonly name: string }): Promise<T>;
    startWorkflow<In extends unknown[], Out>(
      workflow: (...given: In) => Promise<Out>,
      options?: { readonly queueName: string },
    ): Start<In, Out>;
    registerQueue(name: string): Promise<unknown>;
    launch(): Promise<void>;
    shutdown(): Promise<void>;
  };
}

declare module "pg" {
  class Client {
    constructor(options: { readonly connectionString: string });
    connect(): Promise<void>;
    query(sql: string): Promise<{ readonly rows: readonly object[] }>;
    end(): Promise<void>;
  }
  const pg: { readonly Client: typeof Client };
  export default pg;
}

declare module "openworkflow" {
  import type { BackendSqlite, WorkflowRun } from "openworkflow/sqlite";
  interface Steps {
    run<T>(options: { readonly name: string }, action: () => Promise<T>): Promise<T>;
  }
  export class OpenWorkflow {
    constructor(options: { readonly backend: BackendSqlite });
    defineWorkflow<In, Out>(
      spec: { readonly name: string },
      workflow: (given: { readonly input: In; readonly step: Steps }) => Promise<Out>,
    ): { run(input: In): Promise<{ readonly workflowRun: WorkflowRun; result(): Promise<Out> }> };
    newWorker(options: { readonly concurrency: number }): { start(): Promise<void>; stop(): Promise<void> };
  }
}

declare module "openworkflow/sqlite" {
  import type { DatabaseSync } from "node:sqlite";
  export interface WorkflowRun {
    readonly id: string;
    readonly status: string;
    readonly createdAt: Date;
    readonly finishedAt: Date | null;
  }
  export class BackendSqlite {
    static connect(file: string): BackendSqlite;
    readonly db: DatabaseSync;
    getWorkflowRun(given: { readonly workflowRunId: string }): Promise<WorkflowRun | null>;
    stop(): Promise<void>;
  }
}
