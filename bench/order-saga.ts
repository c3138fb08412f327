/** The work that every bench measures: the order saga of six steps (docs/BENCHMARKS.md says what it stands for). */
import { parseWorkflow, type Worker, worker, WorkFailed, type Workflow } from "clew";
import { stepOutput } from "./order.ts";

const steps = [
  { step: "validate_order" },
  { step: "check_inventory", compensation: "release_inventory" },
  { step: "process_payment", compensation: "refund_payment" },
  { step: "generate_confirmation", worker: "generate_order_confirmation" },
  { step: "fulfill_order" },
  { step: "notify_customer" },
] as const;

const text = { type: "string", maxLength: 200 };

const orderSchema = {
  type: "object",
  required: ["orderId", "customer", "items", "shipping", "payment"],
  properties: {
    orderId: text,
    seq: { type: "integer", minimum: 0 },
    customer: { type: "object", required: ["id", "email"], properties: { id: text, email: text } },
    items: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        required: ["sku", "qty", "price"],
        properties: { sku: text, qty: { type: "integer", minimum: 1 }, price: { type: "integer", minimum: 0 } },
      },
    },
    shipping: { type: "object" },
    payment: { type: "object", required: ["method", "token"] },
    note: text,
  },
};

const outputSchema = {
  type: "object",
  required: ["step", "orderId", "ok", "ref", "amount", "at"],
  properties: {
    step: text,
    orderId: text,
    ok: { type: "boolean" },
    ref: text,
    amount: { type: "integer" },
    at: { type: "integer" },
  },
};

/** What each worker gives is held against it, as in production. */
const contract = { output: outputSchema };

export const orderSaga: Workflow = sequence("order_saga", steps);

/** The same work with another number of steps: `steps` of performance tables. */
export const sagaOf = (count: number): Workflow =>
  sequence(
    `saga_of_${count}`,
    Array.from({ length: count }, (_, at) => ({ step: `step_${at}` })),
  );

function sequence(workflow: string, of: readonly object[]): Workflow {
  const bare = parseWorkflow({ object: { workflow, version: 1, steps: of } });
  const workers = Object.fromEntries(typesOf(bare).map((type) => [type, contract]));
  return parseWorkflow({
    object: { workflow, version: 1, inputSchema: orderSchema, workers, steps: of },
    name: workflow,
  });
}

function typesOf({ steps: plans }: Workflow): readonly string[] {
  return plans.flatMap(({ worker: type, compensation }) => (compensation ? [type, compensation.worker] : [type]));
}

export interface WorkersOptions {
  readonly room: number;
  /** One output in so many violates its schema, and its saga is undone; 0: none. */
  readonly misfitEach?: number;
  /** The worker that refuses everything. */
  readonly refusing?: string;
}

/** Trivial asynchronous functions, each of which returns about 200 bytes of JSON. */
export function trivialWorkers(
  workflow: Workflow,
  { room, misfitEach = 0, refusing }: WorkersOptions,
): readonly Worker[] {
  let count = 0;
  const misfits = () => misfitEach > 0 && ++count % misfitEach === 0;
  return typesOf(workflow).map((type) =>
    worker(
      type,
      async (input) => {
        if (type === refusing)
          throw new WorkFailed({ code: "declined", title: "declined", effect: "none", retryable: false });
        const output = stepOutput(type, (input as { orderId: string }).orderId);
        return misfits() ? { ...output, amount: "a lot" } : output;
      },
      { room },
    ),
  );
}
