/** Options as people's scripts already spell them: `--out_dir` for `--out`, and so on. */

const ALIASES: Readonly<Record<string, string>> = {
  "--out_dir": "--out",
  "--max_records": "--limit",
  "--max-records": "--limit",
  "--num_workers": "--workers",
  "--num-workers": "--workers",
  "--hf_layout": "--hf-layout",
  "--write_readme": "--write-readme",
  "--drop_invalid_harmony": "--drop-invalid-harmony",
  "--drop_empty_completion": "--drop-empty-completion",
  "--drop_invalid_tools": "--drop-invalid-tools",
  "--rows_per_shard": "--rows-per-shard",
  "--in_dir": "--in-dir",
};

/** The same arguments with known aliases replaced; both `--a b` and `--a=b` are understood. */
export function withAliases(argv: readonly string[]): string[] {
  const end = argv.indexOf("--");
  return argv.map((argument, i) => {
    if (!argument.startsWith("--") || (end >= 0 && i >= end)) return argument;
    const [name, ...value] = argument.split("=");
    const alias = ALIASES[name!];
    return alias ? [alias, ...value].join("=") : argument;
  });
}
