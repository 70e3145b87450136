/** The port where nobody listens: what runs here asks no model, but every environment names one. */
export const NO_MODEL = "http://127.0.0.1:9";
