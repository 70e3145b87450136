/**
 * A text as a PowerShell literal. What follows `-Command` is joined to one script by pwsh, so an argument that
 * is not quoted would be run as code. PowerShell takes the curly quotes for quotes as well.
 */
export function quotePowerShell(text: string): string {
  return `'${text.replace(/['\u2018\u2019\u201a\u201b]/g, "$&$&")}'`;
}
