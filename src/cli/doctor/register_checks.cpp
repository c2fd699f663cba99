#include <fmt/format.h>

#include "cli/doctor/checks.hpp"
#include "cli/views/words.hpp"
#include "core/privacy/check.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

namespace {

constexpr auto kRemedy = "put it right, or take it out of the folder: man blc-verb, REGISTERS";

// What keeps a resource from being relied on, whatever it is asked; empty when nothing does.
std::string fault_of(const privacy::Attributed& file, std::string_view type, Timestamp now) {
  const privacy::Asked asked{file.subject, {}, now};
  const auto checked = type == "Consent"    ? privacy::check_consent({file.resource}, privacy::Purpose::treatment, asked)
                       : type == "CareTeam" ? privacy::check_care({file.resource}, asked)
                                            : privacy::check_contact({file.resource}, privacy::Channel::sms, asked);
  return !checked && checked.error().fault == privacy::Fault::unreadable ? checked.error().detail : std::string();
}

void check_register(const privacy::Registers& registers, std::string_view type, Timestamp now, Findings& findings) {
  const auto folder = registers.folder(type);
  const auto files = registers.files(type);
  if (!files) return findings.warn("register", fmt::format("{}: {}", folder, files.error()), kRemedy);
  bool sound = true;
  for (const auto& file : *files) {
    const auto fault = file.read ? fault_of(*file.read, type, now) : file.read.error();
    if (fault.empty()) continue;
    sound = false;
    findings.fail("register", fmt::format("{}: {}", text::display(file.path), fault), kRemedy);
  }
  if (sound && !files->empty()) findings.ok("register", fmt::format("{} holds {}", folder, count(files->size(), "resource")));
}

}  // namespace

void check_registers(Session& session, Findings& findings) {
  findings.guard("register", kRemedy, [&]() -> Result<> {
    BLC_TRY(auto* const files, session.files());
    for (const auto environment : {Environment::local, Environment::staging, Environment::production}) {
      const privacy::Registers registers(*files, std::string(data_directory(environment)) + "/registers");
      for (const auto* const type : {"Consent", "CareTeam", "Patient"})
        check_register(registers, type, session.clock().now(), findings);
    }
    return {};
  });
}

}  // namespace blc::cli
