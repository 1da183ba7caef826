// Numbers as people read them: few digits, and round ones for an axis.

export function number(value) {
  const size = Math.abs(value);
  if (size >= 1e5) return value.toExponential(1);
  return size >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

// Round numbers between two.
export function round(low, high, about) {
  const rough = (high - low) / Math.max(2, about);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough);
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high; value += step) found.push(Number(value.toPrecision(9)));
  return found;
}
