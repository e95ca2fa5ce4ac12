import { typeScript } from "./tslab";

/** Content of kernel_info_reply. */
export function kernelInfo(): object {
  return {
    status: "ok",
    protocol_version: "5.3",
    implementation: "corpuslab",
    implementation_version: "0.1.0",
    banner: "TypeScript with corpuslab",
    language_info: {
      name: "typescript",
      version: typeScript().version,
      mimetype: "text/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      codemirror_mode: { name: "javascript", mode: "typescript", typescript: true },
    },
    help_links: [],
  };
}
