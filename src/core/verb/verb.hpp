#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/words.hpp"
#include "core/privacy/need.hpp"
#include "core/text/yaml.hpp"

namespace blc::verb {

// Where a step's programs find its credentials, below their working directory; no file of the practice is ever there.
inline constexpr std::string_view kCredentialsFolder = ".credentials";
// Whether the path is that folder, or lies below it.
[[nodiscard]] bool of_credentials(std::string_view path);

inline constexpr std::array<std::string_view, 4> kDataClasses{"public", "internal", "confidential", "restricted"};  // the lowest first

enum class ParameterType { string, enumeration, integer, date, boolean, path };

struct Parameter {
  std::string name;  // [a-z][a-z0-9-]{0,31}, no reserved option name
  std::string summary;
  ParameterType type = ParameterType::string;
  std::string pattern;              // of a string: RE2, matches the whole value; required
  std::vector<std::string> values;  // of an enumeration
  std::int64_t minimum = 0;         // of an integer, both required
  std::int64_t maximum = 0;
  bool required = true;                 // false exactly when there is a default or `required: false`
  std::optional<std::string> fallback;  // default, as a person would type it
  std::optional<std::string> example{};  // made up, for people; it fits
  bool phi = false;
};

// A converted value. Dates stay ISO text, paths relative text below the practice.
using Value = std::variant<std::string, std::int64_t, bool>;
using Values = std::map<std::string, Value>;

// ${parameter}, ${step.stdout}, or ${data}: the folder of this environment's records.
struct ParameterReference {
  std::string name;
};
struct OutputReference {
  std::string step;
};
struct DataReference {};
using Piece = std::variant<std::string, ParameterReference, OutputReference, DataReference>;

// Text with references, parsed once; values are put in and never parsed again.
struct Template {
  std::vector<Piece> pieces;
  std::string source;  // as the file has it
  text::Mark mark;
};

// argv of a program. argv[0] is a bare program name without references.
struct Command {
  std::vector<Template> argv;
  std::optional<Template> standard_input;
  std::optional<Template> summary{};  // of an undo: how the step is taken back, for people
};

struct Output {                 // what a step's stdout may be, declared when something refers to it
  std::uint64_t limit = 65536;  // bytes
};

struct Step {
  std::string name;
  Template summary;  // what it does, for people: "writes the invoices of ${month}"; no phi, no outputs
  Effect effect = Effect::read;
  std::string data_class;  // public, internal, confidential, restricted
  Command run;
  std::optional<Command> preview;
  std::optional<Command> undo;
  std::optional<Command> confirm;  // whether it was done: 0 yes, 1 no; only reads
  std::vector<Template> observe;        // files whose content the plan fixes and the program sees
  std::vector<Template> observe_links;  // symbolic links whose target the plan fixes and the program sees
  std::vector<Template> writes;         // folders the program may write in
  std::map<std::string, Template> environment;
  std::chrono::seconds timeout{60};
  bool atomic = false;
  bool idempotent = false;
  std::optional<Output> output;
  std::optional<privacy::Channel> contact{};  // by which the step contacts the subject
  // Service credentials that its programs are given, of the verb's own classification (requirements, section 1).
  std::vector<std::string> credentials{};
  std::string recipient{};  // of what it sends out: name and address (45 CFR 164.528(b)(2)(ii)), or empty
  text::Mark mark;
};

// A succeeded run of another verb with the same parameters, no older than `within`.
struct Requires {
  std::string verb;
  std::optional<Environment> environment;  // default: the run's own
  std::chrono::seconds within{};
};

// An application goes from one tier to another: its settings must fit (see core/tier).
struct Migrates {
  std::string from;  // names of enum parameters that say which tier
  std::string to;
  Template settings;  // the .env file of the tier that it goes to
  Template below;     // and of the one that it comes from
};

struct Verb {
  std::string name;  // one or two words
  std::string summary;
  Classification classification = Classification::clinical;
  std::vector<std::string> data_classes;
  text::Mark data_mark{};  // where they stand
  std::vector<std::string> marks;  // demo, call-centre, deployment
  std::vector<Parameter> parameters;
  std::string subject;  // the parameter that names whom it is about, or empty
  std::optional<Requires> required_run;
  std::optional<privacy::Purpose> consent{};  // what the subject must have consented to
  bool care_relation = false;                 // who asks for it must be in the subject's care team
  std::optional<Migrates> migrates{};
  std::vector<Step> steps;
  Fidelity fidelity = Fidelity::none;
  std::string path;  // "verbs/client-report.yaml"
  std::string text;  // the file's bytes

  [[nodiscard]] const Parameter* parameter(std::string_view parameter_name) const;
  // What it asks of the practice's registers, each once.
  [[nodiscard]] std::vector<privacy::Need> needs() const;
};

// Option names and first words that a verb may not use: blc's own options and commands.
[[nodiscard]] bool reserved_option(std::string_view name);
[[nodiscard]] bool reserved_command(std::string_view first_word);

// A path below the practice: relative, no `..`, `.` or empty part, no backslash, shows as it is.
[[nodiscard]] bool is_practice_path(std::string_view path);

// Schema, references and rule 4 of the design: phi values and step outputs only as stdin; a program,
// argv, environment, written path or summary never holds one (an observed path may hold phi: it is
// shown with the reference left in). A preview refers to no output that planning does not have.
// Errors are Exit::usage: file, line, column, what was expected.
[[nodiscard]] Result<Verb> load(std::string_view text, const std::string& path);

// Converts what a person typed. Exit::usage names the parameter and what is allowed, never a phi value.
[[nodiscard]] Result<Value> convert(const Parameter& parameter, std::string_view typed);
// "one of red, green", "a whole number from 1 to 12", "text, for example C-1042": for help and errors.
[[nodiscard]] std::string allowed(const Parameter& parameter);
// The value as text, as it goes into argv and stdin.
[[nodiscard]] std::string to_text(const Value& value);

}  // namespace blc::verb
