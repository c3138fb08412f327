/** What each of the eight worker types takes and gives: all that a workflow, or a worker in another language, needs of them. */
import { workerType } from "clew";

const text = { type: "string" } as const;
const whole = { type: "integer" } as const;

/** Every step is given the whole order; what each asks for at least stands here. */
const order = {
  type: "object",
  properties: {
    orderId: text,
    total: { type: "integer", minimum: 1, description: "in cents" },
    customer: { type: "object", properties: { name: text, email: { ...text, sensitive: true } }, required: ["email"] },
    card: { ...text, sensitive: true },
    address: { type: "object", properties: { country: text }, required: ["country"] },
  },
  required: ["orderId", "total", "customer", "card", "address"],
} as const;

export const validateOrder = workerType("validate_order", {
  input: order,
  output: {
    type: "object",
    properties: { orderId: text, fingerprint: text, lines: whole, total: whole },
    required: ["orderId", "fingerprint", "lines", "total"],
  },
  errors: ["invalid_order", "order_known", "price_changed", "sku_unknown"],
  idempotent: true,
});

export const checkInventory = workerType("check_inventory", {
  input: order,
  output: { type: "object", properties: { orderId: text, pieces: whole }, required: ["orderId", "pieces"] },
  errors: ["out_of_stock"],
  idempotent: true,
  resource: "stock",
});

export const releaseInventory = workerType("release_inventory", { input: order, idempotent: true, resource: "stock" });

export const processPayment = workerType("process_payment", {
  input: order,
  output: {
    type: "object",
    properties: { orderId: text, payment: whole, charged: whole },
    required: ["orderId", "payment", "charged"],
  },
  errors: ["card_declined"],
  idempotent: true,
});

export const refundPayment = workerType("refund_payment", { input: order, idempotent: true });

export const generateOrderConfirmation = workerType("generate_order_confirmation", {
  input: order,
  output: {
    type: "object",
    properties: { orderId: text, confirmation: whole, total: whole },
    required: ["orderId", "confirmation", "total"],
  },
  idempotent: true,
});

export const fulfillOrder = workerType("fulfill_order", {
  input: order,
  output: {
    type: "object",
    properties: { orderId: text, shipment: whole, country: text },
    required: ["orderId", "shipment", "country"],
  },
  errors: ["address_unreachable", "nothing_reserved"],
  idempotent: true,
  resource: "stock",
});

export const notifyCustomer = workerType("notify_customer", {
  input: order,
  output: {
    type: "object",
    properties: { orderId: text, notification: whole, recipient: { ...text, sensitive: true }, subject: text },
    required: ["orderId", "notification", "recipient"],
  },
  idempotent: true,
});
