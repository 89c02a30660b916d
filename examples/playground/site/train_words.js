// What the page says about a training, in sentences.
import {number, percent} from "./dom.js";
import {real} from "./library.js";

export const words_of_plan = plan =>
    `${plan.model} has ${plan.weights} weights, all by chance. It will learn from ${plan.train_rows} rows for ` +
    `${plan.epochs} epochs; an epoch shows it every row once. ${plan.test_rows} rows are held out: it never sees them.`;

export function words_of_progress(seen, history) {
  const last = history.at(-1), held = last?.held_out_accuracy;
  return `Epoch ${seen.epoch} of ${seen.epochs}, step ${seen.step} of ${seen.steps}. ` +
      `Loss ${number(last?.loss ?? real(seen.loss))}.` +
      (Number.isFinite(held) ? ` It names ${percent(held)} of the held-out rows right.` : "");
}

export const words_of_result = found =>
    `Trained. Of ${found.rows} held-out rows it names ${found.right} right: ${percent(found.accuracy)}. ` +
    `Always the most frequent class would be ${percent(found.majority)}.`;
