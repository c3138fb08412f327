/** What all parts of one world share. */
import type { GhostLedger } from "../../explore/ghost-ledger.ts";
import type { MemoryDisk } from "../../journal/memory/memory-journal.ts";
import type { Recorded, Recording } from "../../journal/journal.ts";
import type { Dice } from "./dice.ts";
import type { Faults } from "./faults.ts";
import type { WorldPlan } from "./generate-world.ts";
import type { Oracle } from "./oracle.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Broker } from "./sim-bus.ts";
import type { Trace } from "./trace.ts";

export interface Setting {
  readonly plan: WorldPlan;
  readonly dice: Dice;
  readonly faults: Faults;
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly disk: MemoryDisk;
  readonly ledger: GhostLedger;
  readonly broker: Broker;
  readonly oracle: Oracle;
  /** Things go wrong, and workers are unlucky. */
  isChaos: boolean;
  /** Told of each batch that was given to the journal and answered. */
  readonly onRecorded: (batch: readonly Recording[], outcomes: readonly Recorded[]) => void;
}
