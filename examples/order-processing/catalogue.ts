/**
 * What the shop sells. The generator draws orders from it, `shop.ts` fills the shelves by it, and a test checks that
 * the shelves bear every order of the set at once, so that no outcome depends on which order comes first.
 */
export interface Product {
  readonly sku: string;
  /** In cents. */
  readonly price: number;
  /** On the shelf when the shop opens. 0: sold out, a real shortage for whoever orders it. */
  readonly initial: number;
}

export const catalogue: readonly Product[] = [
  { sku: "tea-assam-250g", price: 890, initial: 600 },
  { sku: "tea-darjeeling-100g", price: 1240, initial: 600 },
  { sku: "tea-gyokuro-50g", price: 2150, initial: 400 },
  { sku: "tea-keemun-100g", price: 980, initial: 400 },
  { sku: "tea-lapsang-100g", price: 1020, initial: 400 },
  { sku: "tea-sencha-200g", price: 1490, initial: 600 },
  { sku: "pot-cast-iron-06l", price: 5900, initial: 300 },
  { sku: "pot-glass-08l", price: 3450, initial: 300 },
  { sku: "pot-stoneware-12l", price: 4200, initial: 300 },
  { sku: "cup-porcelain-2", price: 2400, initial: 400 },
  { sku: "cup-travel-350ml", price: 2790, initial: 400 },
  { sku: "kettle-gooseneck", price: 8900, initial: 300 },
  { sku: "scale-brewing", price: 4650, initial: 300 },
  { sku: "strainer-steel", price: 1190, initial: 500 },
  { sku: "whisk-bamboo", price: 1750, initial: 400 },
  { sku: "tin-caddy-200g", price: 1350, initial: 500 },
  { sku: "tea-silver-needle-50g", price: 3600, initial: 0 },
  { sku: "pot-yixing-02l", price: 12900, initial: 0 },
];

export const soldOut = catalogue.filter((product) => product.initial === 0);
export const onShelf = catalogue.filter((product) => product.initial > 0);
