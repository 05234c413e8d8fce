/** Codes repeat across countries, and begin with zeros. */
export const banksOf: Readonly<Record<string, readonly { id: number; code: string; name: string }[]>> = {
  NG: [
    { id: 191, code: "044", name: "Access Bank" },
    { id: 176, code: "058", name: "Guaranty Trust Bank" },
    { id: 181, code: "033", name: "United Bank for Africa" },
    { id: 190, code: "057", name: "Zenith Bank" },
  ],
  GH: [
    { id: 280, code: "GH280100", name: "Access Bank Ghana" },
    { id: 276, code: "GH030100", name: "Absa Bank Ghana" },
  ],
  KE: [{ id: 327, code: "068", name: "Equity Bank" }],
  UG: [{ id: 410, code: "UG040147", name: "Stanbic Bank Uganda" }],
  ZA: [{ id: 500, code: "044", name: "Standard Bank" }],
  TZ: [{ id: 520, code: "TZ510101", name: "CRDB Bank" }],
};

export const branchesOf: Readonly<Record<string, readonly { branch_code: string; branch_name: string }[]>> = {
  280: [{ branch_code: "GH280102", branch_name: "ACCRA MAIN" }],
  276: [{ branch_code: "GH030101", branch_name: "HIGH STREET" }],
};

/** So much for one US dollar; invented, but of the right size. */
export const startingRates: Readonly<Record<string, string>> = {
  NGN: "1520",
  GHS: "12.4",
  KES: "129.5",
  UGX: "3650",
  ZAR: "17.9",
  TZS: "2520",
};

/** Their test accounts at Access Bank (044), and who owns them. */
export const accountHolders: ReadonlyMap<string, string> = new Map([
  ["0690000031", "Forrest Green"],
  ["0690000032", "Pastor Bright"],
  ["0690000033", "Bale Gary"],
  ["0690000034", "Ade Bond"],
  ["0690000035", "Ibrahim Musa"],
  ["0690000037", "Mercy Daniel"],
  ["0690000038", "Ngozi Okafor"],
  ["0690000039", "Tunde Bello"],
  ["0690000040", "Chioma Eze"],
  ["0690000041", "Yemi Desola"],
]);

export const blacklisted = "0690000036";

/** What a transfer costs, by currency, in thousandths of its unit; tiers as they publish them for Nigeria. */
export function transferFee(currency: string, amount: bigint): bigint {
  if (currency !== "NGN") return 35_000n;
  if (amount <= 5_000_000n) return 10_750n;
  return amount <= 50_000_000n ? 26_875n : 53_750n;
}
