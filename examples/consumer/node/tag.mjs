// A service that is not wiretag's: asks an artifact its golden questions and compares.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import ort from "onnxruntime-node";
import { Tokenizer } from "tokenizers";

const NEAR = 1e-5, NEAR_INT8 = 0.1; // of a probability; processors round int8 differently

/** The files by name: the bytes that were hashed, for a file may change until it is parsed. */
function verified(folder) {
  const listed = JSON.parse(readFileSync(join(folder, "MANIFEST.json"), "utf8")).files;
  const beside = ["MANIFEST.json", "model.sig"];
  const names = readdirSync(folder).filter((name) => !beside.includes(name));
  const files = new Map(names.map((name) => [name, readFileSync(join(folder, name))]));
  const hash = (name) => createHash("sha256").update(files.get(name)).digest("hex");
  const all = new Set([...names, ...Object.keys(listed)]);
  const strange = [...all].filter((name) => !files.has(name) || hash(name) !== listed[name]);
  if (strange.length) throw new Error(`not as MANIFEST.json says: ${strange.sort().join(", ")}`);
  return files;
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const clip = (value) => Math.min(Math.max(value, 1e-6), 1 - 1e-6);

const sigmoid = (logits) => logits.map((logit) => 0.5 * (1 + Math.tanh(0.5 * logit)));

function softmax(logits) {
  const most = Math.max(...logits);
  const exps = logits.map((logit) => Math.exp(logit - most));
  return exps.map((value) => value / sum(exps));
}

/** The height of a broken line at a place, as numpy.interp has it. */
function interp(place, said, height) {
  const right = said.findIndex((knot) => knot > place);
  if (right === 0) return height[0];
  if (right === -1) return height.at(-1);
  const slope = (height[right] - height[right - 1]) / (said[right] - said[right - 1]);
  return slope * (place - said[right - 1]) + height[right - 1];
}

/** An artifact's model: a text, with marks or without, to labels. */
export class Model {
  static async load(folder, int8 = false) {
    const files = verified(folder);
    const name = int8 ? "model.int8.onnx" : "model.onnx";
    const model = new Model();
    model.card = JSON.parse(files.get("artifact.json"));
    if (model.card.format_version !== 3 || !files.has(name))
      throw new Error(`an artifact of format 3 with ${name} was expected`);
    const lines = files.get("golden.jsonl").toString("utf8").split("\n").filter(Boolean);
    model.golden = lines.map((line) => JSON.parse(line));
    model.tokenizer = Tokenizer.fromString(files.get("tokenizer.json").toString("utf8"));
    model.session = await ort.InferenceSession.create(files.get(name));
    return model;
  }

  /** The decided labels, and the probability of every label. */
  async tag(text, marks) {
    const ids = (await this.tokenizer.encode(this.marked(text, marks))).getIds();
    const { labels, max_length: most, thresholds } = this.card;
    if (ids.length > most)
      throw new Error(`${ids.length} tokens, the model takes ${most}: not answered`);
    const pool = this.pool(ids);
    const row = (values) =>
      new ort.Tensor("int64", BigInt64Array.from(values, BigInt), [1, ids.length]);
    const { logits } = await this.session.run({
      input_ids: row(ids),
      attention_mask: row(ids.map(() => 1)),
      pool: new ort.Tensor("float32", pool.flat(), [1, pool.length, ids.length]),
    });
    const table = this.probabilities([...logits.data]);
    const said = Object.fromEntries(labels.map((label, place) => [label, table[place]]));
    const chosen = (label, place) =>
      thresholds ? said[label] >= thresholds[label] : place === table.indexOf(Math.max(...table));
    return [labels.filter(chosen), said];
  }

  /** The text with each mark between its two tokens; a shorter mark stands inside. */
  marked(text, marks) {
    for (const name of this.card.marks) // a text cannot spell a marker itself
      text = text.replaceAll(`[${name}]`, `(${name})`).replaceAll(`[/${name}]`, `(/${name})`);
    const inserts = marks.flatMap(({ name, start, end }) => [
      { place: start, opens: 1, length: start - end, token: ` [${name}] ` },
      { place: end, opens: 0, length: end - start, token: ` [/${name}] ` },
    ]);
    inserts.sort((a, b) => b.place - a.place || b.opens - a.opens || b.length - a.length);
    const points = [...text]; // marks count code points; a string's index counts UTF-16 units
    for (const { place, token } of inserts) points.splice(place, 0, token);
    return points.join("");
  }

  /** What the head averages: all tokens; of each mark its opening token, then its stretch. */
  pool(ids) {
    const rows = [ids.map(() => 1 / ids.length)];
    for (const name of this.card.marks) {
      const start = ids.indexOf(this.tokenizer.tokenToId(`[${name}]`));
      const end = ids.indexOf(this.tokenizer.tokenToId(`[/${name}]`)) + 1; // 0 without the mark
      const inside = (place) => start <= place && place < end;
      rows.push(ids.map((_, place) => (place === start ? 1 : 0)));
      rows.push(ids.map((_, place) => (inside(place) ? 1 / (end - start) : 0)));
    }
    return rows;
  }

  /** Calibrated; float32 where wiretag's are, so that a threshold cuts at the same place. */
  probabilities(logits) {
    const { multi, calibration: how } = this.card;
    const spread = multi ? sigmoid : softmax;
    let table = spread(logits).map(Math.fround);
    if (how?.method === "isotonic") {
      table = table.map((value, place) => clip(interp(value, how.said[place], how.true[place])));
      if (!multi) table = table.map((value, _, all) => value / sum(all));
    } else if (how) {
      const of = (numbers, place) => numbers[numbers.length === 1 ? 0 : place];
      const odds = table.map((value) => {
        const sure = clip(value);
        return multi ? Math.log(sure) - Math.log1p(-sure) : Math.log(sure);
      });
      const scaled = odds.map((odd, place) => odd * of(how.slope, place) + of(how.shift, place));
      table = spread(scaled);
    }
    return table.map(Math.fround);
  }
}

async function main() {
  const options = { int8: { type: "boolean" } };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (positionals.length !== 1) throw new Error("usage: node tag.mjs ARTIFACT [--int8]");
  const model = await Model.load(positionals[0], values.int8).catch((error) => {
    throw new Error(`${positionals[0]}: ${error.message}`);
  });
  let wrong = 0, largest = 0;
  for (const [place, row] of model.golden.entries()) {
    let labels, said;
    try {
      [labels, said] = await model.tag(row.text, row.marks);
    } catch (error) {
      wrong += 1;
      console.log(`line ${place + 1}: ${error.message}`);
      continue;
    }
    const expected = values.int8 ? row.int8 : row.probabilities;
    const labelled = Object.entries(expected);
    const apart = Math.max(...labelled.map(([label, value]) => Math.abs(said[label] - value)));
    largest = Math.max(largest, apart);
    const same = JSON.stringify(labels) === JSON.stringify(row.labels); // as fp32 decides
    if (!(values.int8 ? apart <= NEAR_INT8 : apart <= NEAR && same)) {
      wrong += 1;
      const gap = apart.toExponential(1);
      console.log(`line ${place + 1}: [${labels}], not [${row.labels}]; ${gap} apart`);
    }
  }
  const rows = model.golden.length;
  const most = largest.toExponential(1);
  console.log(`${rows - wrong} of ${rows} golden rows agree, largest difference ${most}`);
  process.exitCode = wrong ? 1 : 0;
}

const started = process.argv[1] && realpathSync(process.argv[1]);
if (started === fileURLToPath(import.meta.url))
  main().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
