// A program of a bank that uses the generated client: node compiled/use.js ADDRESS KEY. It prints what it learns, as JSON.
import createClient from "openapi-fetch";

import type { components, paths } from "./api.js";

declare const process: { argv: string[] };

type Applicant = components["schemas"]["Applicant"];
type ErrorCode = components["schemas"]["Error"]["code"];

const [, , baseUrl = "", key = ""] = process.argv;
const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });
const applicant: Applicant = {
  SK_ID_CURR: 155312,
  NAME_CONTRACT_TYPE: "Cash loans",
  AMT_CREDIT: 450000,
  AMT_ANNUITY: 24500,
  AMT_GOODS_PRICE: 450000,
  EXT_SOURCE_2: 0.57,
};

const scored = await client.POST("/score", { params: { query: { lang: "fr" } }, body: [applicant] });
if (!scored.data) throw new Error(scored.error.error);
const [score] = scored.data.scores;
if (!score) throw new Error("no score");

const review = await client.POST("/reviews/{decision_id}", {
  params: { path: { decision_id: score.decision_id ?? 0 } },
  body: { verdict: "counteroffer", reason: "not_affordable", terms: { amount: 300000, annuity: 15000 } },
});
// @ts-expect-error A verdict that there is not does not compile.
const mistaken: components["schemas"]["Ruling"] = { verdict: "grant", reason: "as_scored" };
// @ts-expect-error Nor does a client without the amounts of the loan.
const incomplete: Applicant = { SK_ID_CURR: 7 };

const refused = await client.POST("/score", { body: incomplete });
const invalid: ErrorCode | undefined = refused.error?.code;
const keyless = await createClient<paths>({ baseUrl }).POST("/score", { body: applicant });
const { decision, probability, client: number } = score;
console.log(
  JSON.stringify({
    client: number,
    decision,
    probability,
    language: scored.response.headers.get("Content-Language"),
    reviewed: review.data?.verdict ?? review.error?.code,
    mistaken: mistaken.verdict,
    refused: [refused.response.status, invalid, refused.error?.details.map((one) => [one.field, one.code])],
    keyless: [keyless.response.status, keyless.error?.code],
  }),
);
