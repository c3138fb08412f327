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
