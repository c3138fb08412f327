/** The identity of a definition: what runs keep (semantics.md, C17) and the journal files it under. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { canonicalJson } from "../base/canonical-json.ts";
import { deepFreeze } from "../base/json.ts";
import type { JsonObject } from "../base/json.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Definition } from "./definition.ts";
import { planWorkflow } from "./plan-workflow.ts";
import type { Workflow } from "./workflow.ts";

/** SHA-256 of the canonical JSON, 64 hex digits: the same for two texts that say the same. */
export function definitionHash(definition: Definition): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(definition as unknown as JsonObject))));
}

/**
 * A canonical definition made ready to run: one that was just parsed, or one that comes back from the journal. It is
 * trusted to be canonical, and frozen.
 */
export function loadDefinition(definition: Definition, catalogue?: Catalogue): Workflow {
  const frozen = deepFreeze(definition);
  return planWorkflow(frozen, definitionHash(frozen), catalogue);
}
