import type en from "./en.json";

// Lets the compiler check every key that components ask for.
declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en };
  }
}
