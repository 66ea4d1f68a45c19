/** Whether a plot is whole: well-formed, of a size, with axes and data in it, no label outside of the picture. */

const TAG = /<(\/?)([a-zA-Z]+)([^<>]*?)(\/?)>/g;
const MARGIN = 2;

function findUnbalanced(svg: string): string | undefined {
  const open: string[] = [];
  for (const [, closing, name, , selfClosing] of svg.matchAll(TAG)) {
    if (closing) {
      const last = open.pop();
      if (last !== name) return `</${name}> closes <${last}>`;
    } else if (!selfClosing) open.push(name!);
  }
  return open.length > 0 ? `<${open.at(-1)}> is never closed` : undefined;
}

function findOutside(svg: string, width: number, height: number): string | undefined {
  for (const [, transform, text] of svg.matchAll(/<text[^>]*transform="([^"]*)"[^>]*>([^<]*)<\/text>/g)) {
    const [x, y] = (/translate\(([-\d. ]+)\)/.exec(transform!)?.[1] ?? "0 0").split(" ").map(Number);
    const isInside = x! >= -MARGIN && y! >= -MARGIN && x! <= width + MARGIN && y! <= height + MARGIN;
    if (!isInside) return `"${text}" stands outside of the picture, at ${x} ${y}`;
  }
  return undefined;
}

/** The first thing that is wrong with it. */
export function findSvgProblem(svg: string): string | undefined {
  const size = /^<svg width="(\d+)" height="(\d+)"/.exec(svg);
  if (!size) return "it has no size";
  if (/NaN|Infinity|undefined/.test(svg)) return "it holds a number that is none";
  if (!/<text/.test(svg)) return "it has no text";
  if (!/<path/.test(svg)) return "it has no data";
  return findUnbalanced(svg) ?? findOutside(svg, Number(size[1]), Number(size[2]));
}
