/** The editor loads this when somebody asks for a diagram made from text, which boards do not offer. */
export function parseMermaidToExcalidraw() {
  return Promise.reject(new Error("Boards make no diagrams from text."));
}
