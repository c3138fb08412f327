/** Runs of the gallery's linear workflows: what happened is scripted, what the engine made of it is its own. */
import type { Workflow } from "../../src/definition/workflow.ts";
import { pictureOf } from "../../src/diagram/run/run-picture.ts";
import type { Effect, Side } from "../../src/saga/event.ts";
import { ScriptedRun } from "../../src/testing/scripted-run.ts";
import type { GalleryRun } from "./block-runs.ts";

interface Failure {
  readonly effect?: Effect;
  readonly retryable?: boolean;
  readonly side?: Side;
}

class Story {
  readonly run: ScriptedRun;

  constructor(workflow: Workflow) {
    this.run = new ScriptedRun(workflow);
  }

  done(step: string, ms: number): this {
    this.run.now += ms;
    this.run.succeed(step);
    return this;
  }

  undone(step: string, ms: number): this {
    this.run.now += ms;
    this.run.undone(step);
    return this;
  }

  fails(step: string, ms: number, code: string, title: string, more: Failure = {}): this {
    const { effect = "none", retryable = false, side = "execute" } = more;
    this.run.now += ms;
    this.run.answer(step, side, undefined, {
      outcome: "failed",
      error: { code, title },
      effect,
      retryable,
      scope: "attempt",
    });
    return this;
  }

  waits(times = 1): this {
    for (let time = 0; time < times; time++) this.run.waitForTimer();
    return this;
  }

  timesOut(step: string): this {
    this.run.timeOut(step);
    return this;
  }

  told(label: string, id: string, says: string): GalleryRun {
    const { workflow, run, transitions } = this.run;
    return { label, says, picture: { ...pictureOf(workflow, run, transitions), id } };
  }
}

const orderPaid = (workflow: Workflow): Story =>
  new Story(workflow).done("validate_order", 120).done("check_inventory", 340).done("process_payment", 1800);

export const scriptedRuns: Readonly<Record<string, (workflow: Workflow) => readonly GalleryRun[]>> = {
  order: (workflow) => [
    orderPaid(workflow)
      .done("send_receipt", 60)
      .done("fulfill_order", 42_000)
      .done("notify_customer", 90)
      .told("completed", "order-1041", "everything went well"),
    orderPaid(workflow)
      .done("send_receipt", 60)
      .fails("fulfill_order", 900, "carrier_down", "the carrier does not answer", { effect: "none" })
      .undone("process_payment", 700)
      .undone("check_inventory", 200)
      .told(
        "failed",
        "order-1042",
        "the parcel could not be sent; money and stock went back, the receipt was out already",
      ),
    new Story(workflow)
      .done("validate_order", 110)
      .done("check_inventory", 290)
      .fails("process_payment", 1400, "card_declined", "the bank declines the card")
      .undone("check_inventory", 180)
      .told("compensated", "order-1043", "the card was declined; nothing is left"),
    orderPaid(workflow)
      .done("send_receipt", 55)
      .fails("fulfill_order", 800, "address_unknown", "no such street")
      .fails("process_payment", 400, "account_closed", "the account is closed", { side: "compensate" })
      .told("blocked", "order-1044", "the refund cannot be made; a person must look at it"),
    orderPaid(workflow).told("running", "order-1045", "the receipt is being sent"),
  ],
  "money-transfer": (workflow) => [
    new Story(workflow)
      .done("screen_parties", 400)
      .done("debit_sender", 250)
      .timesOut("submit_to_network")
      .waits()
      .timesOut("submit_to_network")
      .waits()
      .timesOut("submit_to_network")
      .fails("submit_to_network", 300, "no_answer", "the network does not know", { side: "inquire", retryable: false })
      .told("in-doubt", "transfer-7", "nobody knows whether the money has left: the engine does not guess"),
  ],
  "car-rental": (workflow) => [
    new Story(workflow)
      .done("check_licence", 200)
      .done("reserve_car", 300)
      .done("block_deposit", 900)
      .done("book_insurance", 500)
      .done("print_contract", 150)
      .fails("hand_over_keys", 3000, "car_damaged", "the car was brought back damaged")
      .undone("print_contract", 100)
      .fails("book_insurance", 250, "busy", "the insurer is busy", { side: "compensate", retryable: true })
      .told("compensating", "rental-88", "going back, one undo is tried again"),
  ],
  "account-closure": (workflow) => {
    const story = new Story(workflow)
      .done("freeze_account", 80)
      .done("settle_balance", 4000)
      .done("erase_documents", 900)
      .fails("close_account", 200, "open_loan", "a loan is still open")
      .fails("settle_balance", 300, "books_closed", "the books of the month are closed", { side: "compensate" });
    story.run.abandon();
    return [story.told("abandoned", "closure-3", "an operator gave up; what is left is listed")];
  },
  "product-return": (workflow) => {
    const suspended = new Story(workflow).done("create_label", 100);
    suspended.run.verb({ type: "suspend" });
    return [
      new Story(workflow)
        .done("create_label", 100)
        .done("receive_parcel", 600)
        .fails("restock", 200, "shelf_unknown", "no shelf for this article")
        .told("stands-still", "return-12", "stands still before turning back, so that a person can mend it"),
      suspended.told("suspended", "return-13", "suspended by an operator"),
      new Story(workflow)
        .done("create_label", 100)
        .fails("receive_parcel", 500, "scanner_busy", "the scanner is busy", { retryable: true })
        .told("retrying", "return-14", "the second attempt is due in a moment"),
    ];
  },
};
