#include "cli/commands/pin.hpp"

#include <fmt/format.h>

#include "cli/locale.hpp"
#include "cli/pin_words.hpp"
#include "core/adapters/qr_code.hpp"
#include "core/adapters/secure_files.hpp"
#include "core/text/json.hpp"

namespace blc::cli {

Result<Exit> pin(Session& session, const PinOptions& options) {
  BLC_TRY(const auto* const log, session.log());
  auto exported = session.pin();
  exported.pin.checkpoint = log->replay().head();
  exported.pin.losses = log->replay().root()->losses().size();
  const auto text = exported.to_text(false);
  const auto words = pin_words(exported.pin);
  const auto aloud = fmt::format("Read aloud it is: {}", words);
  auto& output = session.output();
  if (!options.file.empty()) adapters::write_private(options.file, text, 0644);
  if (output.json()) {
    BLC_TRY(auto json, text::parse_json(text));
    auto members = *json.get_if<text::Json::Object>();
    members.emplace("words", words);
    output.object(members);
    return Exit::done;
  }
  if (options.code) {
    BLC_TRY(const auto code, adapters::qr_code(text, utf8_locale() ? adapters::QrInk::blocks : adapters::QrInk::ascii));
    output.raw(code);
  }
  if (options.file.empty()) {
    if (!options.code) output.raw(text);
    // Nobody sees from a code which pin it is: beside one, --quiet leaves the words too.
    options.code ? output.call(aloud) : output.note(aloud);
    return Exit::done;
  }
  output.line(fmt::format("Wrote the pin to {}. Hand it over in a way that nobody can swap it; then they type", options.file));
  output.line(fmt::format("  blc init --join {} --pin {}", session.directory(), options.file));
  output.line(aloud + ". They are told the same words; compare them by voice.");
  return Exit::done;
}

}  // namespace blc::cli
