/**
 * Whether one number is a whole multiple of another, as decimals, the way that both are written: 19.99 is a multiple
 * of 0.01, although their quotient in binary is 1998.9999999999998.
 */
export function isMultiple(value: number, of: number): boolean {
  const a = decimalOf(value);
  const b = decimalOf(of);
  const exponent = Math.min(a.exponent, b.exponent);
  return scaled(a, exponent) % scaled(b, exponent) === 0n;
}

interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

/** The shortest decimal that means this double: what JSON texts say. */
function decimalOf(value: number): Decimal {
  const [mantissa = "0", exponent = "0"] = value.toExponential().split("e");
  const [whole = "0", fraction = ""] = mantissa.split(".");
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

const scaled = ({ digits, exponent }: Decimal, to: number): bigint => digits * 10n ** BigInt(exponent - to);
