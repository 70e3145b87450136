/**
 * Returns a text as a PowerShell literal. pwsh joins the words after `-Command` into one script, so an
 * argument without quotes would be run as code. PowerShell treats curly quotes as quotes too.
 */
export function quotePowerShell(text: string): string {
  return `'${text.replace(/['\u2018\u2019\u201a\u201b]/g, "$&$&")}'`;
}
