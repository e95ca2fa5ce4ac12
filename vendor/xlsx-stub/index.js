// danfojs-node requires xlsx when it loads. Reading a spreadsheet through it is refused with a reason.
const refuse = () => {
  throw new Error("xlsx is not part of corpuslab: export the sheet as CSV or Parquet and open that");
};
module.exports = new Proxy({}, { get: (_, name) => (name === "__esModule" ? undefined : refuse) });
