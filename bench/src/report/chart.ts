/** SVG plots without a browser: echarts in its server-side mode. */
import * as echarts from "echarts";

export interface ChartSize {
  readonly width: number;
  readonly height: number;
}

/** Renders one chart; the same option gives the same SVG. */
export function renderSvg(
  option: echarts.EChartsOption,
  size: ChartSize = { width: 900, height: 420 },
): string {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, ...size });
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    color: ["#2f6fdb", "#e07b39", "#3d9a50", "#a14fc0", "#c23b3b"],
    ...option,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
