/** The reference workflow in TypeScript: the same definition as `order-processing.yaml`, with the same hash. */
import { defineWorkflow } from "clew";
import {
  checkInventory,
  fulfillOrder,
  generateOrderConfirmation,
  notifyCustomer,
  processPayment,
  refundPayment,
  releaseInventory,
  validateOrder,
} from "./contracts.ts";

export default defineWorkflow("ecommerce_order_processing", { version: 1 }, (w) => {
  w.step("validate_order", validateOrder, { timeout: "30s" });
  w.step("check_inventory", checkInventory, { timeout: "30s", compensation: releaseInventory });
  w.step("process_payment", processPayment, { timeout: "60s", compensation: refundPayment });
  w.step("generate_confirmation", generateOrderConfirmation, { timeout: "30s" });
  w.step("fulfill_order", fulfillOrder, { timeout: "30s" });
  w.step("notify_customer", notifyCustomer, { timeout: "30s" });
});
