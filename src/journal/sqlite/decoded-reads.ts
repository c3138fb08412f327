/** The reads that the owner and a reader have in common: checked, asked of whoever holds the database, decoded. */
import type { Catalogue } from "../../definition/catalogue.ts";
import type { Definition } from "../../definition/definition.ts";
import type { Status } from "../../saga/tables.ts";
import type { JournalReader, NumberedTransition, Page, PageOf, RunFilter, RunRecord, RunRow } from "../journal.ts";
import { limitOf, pageFrom, spanOf } from "../page.ts";
import type { JournalReads } from "./journal-reads.ts";
import type { Verbs } from "./message.ts";
import { contractsFrom, definitionFrom, numberedFrom, recordFrom } from "./stored.ts";

export type ReadVerb = keyof JournalReads;

export abstract class DecodedReads implements JournalReader {
  /** Throws `journal_closed`, `journal_failed`. */
  protected abstract ask<V extends ReadVerb>(verb: V, ...given: Parameters<Verbs[V]>): Promise<ReturnType<Verbs[V]>>;

  abstract close(): Promise<void>;

  async load(id: string): Promise<RunRecord | undefined> {
    const stored = await this.ask("load", id);
    return stored && recordFrom(stored);
  }

  async definition(hash: string): Promise<Definition | undefined> {
    return definitionFrom(await this.ask("definition", hash));
  }

  async definitionNamed(name: string, version?: number): Promise<Definition | undefined> {
    return definitionFrom(await this.ask("definitionNamed", name, version));
  }

  async contracts(): Promise<Catalogue> {
    return contractsFrom(await this.ask("contracts"));
  }

  async list(filter: RunFilter, page: Page): Promise<PageOf<RunRow>> {
    const span = spanOf(page);
    return pageFrom(await this.ask("list", filter, span), span, ({ row }) => row);
  }

  counts(): Promise<Partial<Record<Status, number>>> {
    return this.ask("counts");
  }

  async transitions(id: string, from: number, limit: number): Promise<readonly NumberedTransition[] | undefined> {
    const stored = await this.ask("transitions", id, from, limitOf(limit));
    return stored && numberedFrom(stored, from);
  }
}
