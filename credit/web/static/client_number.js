// The number of a client as people write it.

import { facts, say } from "./words.js";

/** The digits of "100 983", "100,983" or "100983.0", as people and programs write it; any other point may be a decimal
    point. Throws for what is no client's number. */
export function clientNumber(text) {
  const n = text.trim().replace(/\.0+$/, "").replace(/(?<=\d)[\s,'\u2019](?=\d{3}(?!\d))/g, "");
  if (!/^\d{1,19}$/.test(n) || BigInt(n) > BigInt(facts.largest_client)) throw new Error(say("no_number"));
  return n;
}
