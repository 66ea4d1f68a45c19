export default {
  extensions: ["ts"],
  files: ["scripts/**/*.test.ts"],
  timeout: "1m",
};
