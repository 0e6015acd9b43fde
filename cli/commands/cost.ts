import type { CommandContext } from '../command-context.ts';
import { byService, defaultAssumptions, glueUsage, listPrices, monthlyUsage, priced, region, totalOf, type CostLine, type Volumes } from '../cost/model.ts';
import { formatCount } from '../output/format.ts';
import { renderTable } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';

export interface CostOptions extends Volumes {
  json?: boolean;
}

/** `floe cost`: what a month on AWS costs at these volumes, by list prices; nothing is asked of any cloud. */
export const cost = ({ json = false, ...volumes }: CostOptions, { terminal }: CommandContext): void => {
  const lines = priced(monthlyUsage(volumes));
  const glue = priced(glueUsage(volumes));
  if (json) {
    const of = (list: CostLine[]): object => ({ usdPerMonth: totalOf(list), services: byService(list), lines: list });
    terminal.print(JSON.stringify({ region, volumes, floe: of(lines), glueDesign: of(glue), prices: listPrices, assumptions: defaultAssumptions }, null, 2));
    return;
  }
  printCost(lines, glue, terminal);
};

const printCost = (lines: readonly CostLine[], glue: readonly CostLine[], { print, style }: Terminal): void => {
  const rows = lines.map(({ service, item, quantity, unit, usd, formula }, at) => [lines[at - 1]?.service === service ? '' : service, item, amount(quantity), unit, dollars(usd), formula]);
  print(renderTable([{ title: 'service' }, { title: 'of what' }, { title: 'a month', align: 'right' }, { title: 'unit' }, { title: 'USD', align: 'right' }, { title: 'how' }], rows, { style }));
  print(`\n${style.bold(`${dollars(totalOf(lines))} USD a month`)}: ${byService(lines).map(({ service, usd }) => `${service} ${dollars(usd)}`).join(', ')}`);
  print(`A design of hourly Glue jobs and crawlers with the same ways in and the same storage: ${dollars(totalOf(glue))} USD.`);
  print(`List prices of ${region} without free tiers, as known in ${[...new Set(Object.values(listPrices).map(({ date }) => date))].sort().join(', ')}: cli/cost/prices.json.`);
  print('What is measured and what assumed: cli/cost/assumptions.json, docs/cost.md.');
};

const dollars = (usd: number): string => usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const amount = (quantity: number): string => (quantity < 100 ? quantity.toFixed(2) : formatCount(Math.round(quantity)));
