import { evenly, normalQuantile, Random } from './random.ts';

/** A product of the generated shop. */
export interface Product {
  productId: string;
  categoryId: string;
  /** Empty where the shop has not filed it. */
  categoryCode: string;
  /** Empty where unknown. */
  brand: string;
  /** Two decimals. */
  price: string;
}

/**
 * Shares measured on 1,531,767 rows of the public shop data (DATA.md 1.1). Prices follow a lognormal distribution cut at
 * the highest price seen, with location and shape chosen so that, after the cut, mean and standard deviation are 273.11
 * and 356.13.
 */
export const shopStatistics = {
  rows: 1_531_767,
  views: 1_434_849,
  carts: 74_880,
  purchases: 22_038,
  users: 892_389,
  products: 124_922,
  sessions: 1_281_641,
  brands: 3_661,
  categories: 139,
  emptyBrands: 205_961,
  emptyCategories: 155_385,
  priceLocation: 5.03536,
  priceShape: 1.09351,
  highestPrice: 2574.07,
} as const;

const departments: readonly (readonly [string, readonly string[]])[] = [
  ['electronics', ['phone', 'tablet', 'camera', 'watch', 'audio.headphone', 'audio.speaker', 'audio.amplifier', 'video.tv', 'video.projector', 'navigation', 'drone', 'reader', 'console', 'charger']],
  ['computers', ['laptop', 'desktop', 'monitor', 'printer', 'router', 'keyboard', 'mouse', 'parts.memory', 'parts.disk', 'parts.board', 'parts.cooler', 'parts.card', 'software', 'server']],
  ['appliances', ['kitchen.oven', 'kitchen.kettle', 'kitchen.mixer', 'kitchen.toaster', 'kitchen.fridge', 'kitchen.dishwasher', 'kitchen.hood', 'laundry.washer', 'laundry.dryer', 'laundry.iron', 'climate.heater', 'climate.cooler', 'vacuum', 'sewing']],
  ['furniture', ['living.sofa', 'living.table', 'living.shelf', 'bedroom.bed', 'bedroom.wardrobe', 'bedroom.lamp', 'office.desk', 'office.chair', 'kitchen.chair', 'kitchen.table', 'bath.cabinet', 'garden.bench', 'garden.swing', 'hall.rack']],
  ['clothes', ['shoes.boots', 'shoes.sneakers', 'shoes.sandals', 'jacket', 'coat', 'shirt', 'trousers', 'dress', 'skirt', 'socks', 'scarf', 'gloves', 'hat', 'belt']],
  ['sport', ['bicycle', 'helmet', 'skates', 'ski', 'tennis', 'football', 'trainer', 'tent', 'backpack', 'diving', 'fishing', 'climbing', 'yoga', 'running']],
  ['tools', ['drill', 'saw', 'grinder', 'welder', 'pump', 'generator', 'ladder', 'light', 'paint', 'lock', 'faucet', 'cable', 'glue', 'measure']],
  ['children', ['toys', 'blocks', 'dolls', 'stroller', 'seat', 'swing', 'puzzles', 'books', 'school.bag', 'school.pens', 'baby.bottle', 'baby.monitor', 'baby.bed', 'costume']],
  ['car', ['tyres', 'battery', 'radio', 'alarm', 'camera', 'seat.cover', 'compressor', 'oil', 'polish', 'mats', 'wipers', 'jack', 'rack', 'trailer']],
  ['home', ['curtain', 'carpet', 'bedding', 'towel', 'mirror', 'clock', 'vase', 'candle', 'frame', 'box', 'lamp', 'plant', 'tool.box']],
];

const categories: readonly string[] = departments.flatMap(([department, kinds]) => kinds.map((kind) => `${department}.${kind}`));

const syllables = ['ba', 'co', 'del', 'fi', 'gor', 'ha', 'jun', 'ki', 'lum', 'mar', 'no', 'ost', 'pra', 'qui', 'ra', 'sol', 'ta', 'ul', 'ven', 'zo'] as const;

/** A made-up brand: three syllables, the number in base 20; 8,000 different ones. */
const brandAt = (index: number): string =>
  [index % 20, Math.floor(index / 20) % 20, Math.floor(index / 400) % 20].map((digit) => syllables[digit] ?? '').join('');

/** The product of an index. Empty brands and categories, and prices, are laid out evenly over the indices. */
export const productAt = (index: number, seed: number): Product => {
  const random = new Random(seed, 'product', index);
  const category = Math.floor(random.next() ** 2 * categories.length);
  const hasCategory = evenly(index * 3) >= shopStatistics.emptyCategories / shopStatistics.rows;
  const hasBrand = evenly(index * 7) >= shopStatistics.emptyBrands / shopStatistics.rows;
  return {
    productId: String(1_000_000 + index * 17),
    categoryId: String(2_053_013_552_000_000_000n + BigInt(category) * 1_000_003n),
    categoryCode: hasCategory ? (categories[category] ?? '') : '',
    brand: hasBrand ? brandAt(Math.floor(random.next() ** 1.5 * shopStatistics.brands)) : '',
    price: priceAt(evenly(index)),
  };
};

const priceAt = (quantile: number): string => {
  const price = Math.exp(shopStatistics.priceLocation + shopStatistics.priceShape * normalQuantile(quantile));
  return Math.min(shopStatistics.highestPrice, Math.max(0.01, price)).toFixed(2);
};
