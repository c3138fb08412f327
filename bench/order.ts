/** The order and the steps of the work that every bench measures. Imports nothing, so that a peer's process loads no Clew. */

export const stepNames = [
  "validate_order",
  "check_inventory",
  "process_payment",
  "generate_confirmation",
  "fulfill_order",
  "notify_customer",
] as const;

export type Order = ReturnType<typeof makeOrder>;

/** About 500 bytes. */
export function makeOrder(seq: number) {
  return {
    orderId: `order-${String(seq).padStart(8, "0")}-0000-4000-8000-000000000000`,
    seq,
    customer: { id: `cust-${seq % 1000}`, email: `customer${seq % 1000}@example.com` },
    items: [
      { sku: "SKU-10001", qty: 2, price: 1999 },
      { sku: "SKU-20002", qty: 1, price: 4999 },
      { sku: "SKU-30003", qty: 5, price: 299 },
    ],
    shipping: { name: "Jane Example", street: "1 Main Street", city: "Springfield", zip: "12345", country: "US" },
    payment: { method: "card", token: "tok_abcdef0123456789" },
    note: "x".repeat(90),
  };
}

/** About 200 bytes. */
export function stepOutput(step: string, orderId: string) {
  return { step, orderId, ok: true, ref: "ref-000000000001", amount: 10492, at: 1700000000000, pad: "x".repeat(40) };
}
