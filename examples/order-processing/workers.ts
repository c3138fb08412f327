/** The eight workers of the order saga over the shop's database, as `clew run --workers` takes them. */
import { defaultShopFile, openShop } from "./shop.ts";
import { shopWorkers } from "./shop-workers.ts";
import { openTrace } from "./trace.ts";

const shop = openShop(process.env["CLEW_SHOP_DB"] ?? defaultShopFile);

export default shopWorkers(shop, { trace: openTrace(process.env["CLEW_SHOP_TRACE"]) });
