/**
 * What every journal promises, by topic. An implementation's test calls it with a harness of its own; nothing is
 * skipped anywhere.
 */
import { afterEach, beforeEach, describe } from "vitest";
import type { Journal } from "../journal/journal.ts";
import { commitTopics } from "./journal-commits.ts";
import { filterTopics } from "./journal-filters.ts";
import { lifeTopics } from "./journal-lives.ts";
import { readTopics } from "./journal-reads.ts";
import { retentionTopics } from "./journal-retention.ts";

/** One place where a journal is kept, empty at first. */
export interface JournalHarness {
  /** Opens a journal over what is kept. Throws `journal_owned` while another one is open. */
  open(): Promise<Journal>;
  /** Ends a journal wherever it stands, as a kill of its process would. */
  kill(journal: Journal): Promise<void>;
  /** Ends everything, and leaves nothing behind. */
  dispose(): Promise<void>;
}

/** The harness of the test that runs, and its first journal. */
export interface Stage {
  readonly harness: JournalHarness;
  readonly journal: Journal;
}

export function journalSuite(name: string, makeHarness: () => Promise<JournalHarness>): void {
  describe(name, () => {
    let stage: Stage;
    beforeEach(async () => {
      const harness = await makeHarness();
      stage = { harness, journal: await harness.open() };
    });
    afterEach(() => stage.harness.dispose());

    commitTopics(() => stage);
    readTopics(() => stage);
    filterTopics(() => stage);
    lifeTopics(() => stage);
    retentionTopics(() => stage);
  });
}
