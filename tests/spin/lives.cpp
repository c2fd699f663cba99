// Real lives of runs, made by the real code, for life.test: a line each, "NAME SLOTS STEPS WHAT/WHO ...", with who as
// life.pml numbers people.
#include <fmt/format.h>

#include <functional>
#include <map>
#include <stdexcept>

#include "core/approval/bodies.hpp"
#include "core/approval/verify.hpp"
#include "support/world.hpp"

namespace blc::testing {
namespace {

using namespace std::chrono_literals;
using approval::Ending;
using ledger::Kind;

constexpr std::string_view kPair = R"(verb: pair
summary: Two effects
classification: clinical
data: [internal]
subject: client
parameters:
  client: {type: string, pattern: "C-[0-9]{4}", phi: true, summary: The client}
fidelity: exact
steps:
  - {name: first, summary: f, effect: write, argv: [first], writes: [out], idempotent: true, undo: {argv: [unfirst]}}
  - {name: second, summary: s, effect: write, argv: [second], writes: [out], undo: {argv: [unsecond]}}
)";

Practice practice() {
  auto files = default_practice();
  files.insert_or_assign("verbs/pair.yaml", std::string(kPair));
  auto& approvals = files.at("policies/approvals.yaml");
  const std::string staging = "slots: [{name: clinical-approver, roles: [clinical-lead, privacy-officer]}]\n    deadline: 24h\n";
  approvals.replace(approvals.find(staging), staging.size(),
                    staging + "    break-glass: {lasts: 60m, reviewers: 2, review-within: 72h}\n");
  files.at("policies/access.yaml") += "  - {role: clinician, environments: [staging], rights: [break-glass]}\n";
  return files;
}

// What one entry of the run is in life.pml, and by whom; empty for what is none of its business.
std::string word(const ledger::Entry& entry, const std::string& requester) {
  const auto text = [&](const char* name) { return *entry.body.find(name)->get_if<std::string>(); };
  const auto is = [&](const char* name) {
    const auto* const value = entry.body.find(name);
    return value != nullptr && *value->get_if<bool>();
  };
  std::string what;
  switch (entry.kind) {
    case Kind::request: what = "asked"; break;
    case Kind::plan: what = "planned"; break;
    case Kind::approval: what = text("decision"); break;
    case Kind::cancel: what = "cancel"; break;
    case Kind::order: what = is("resume") ? "resume_order" : is("withdrawn") ? "unorder" : "order"; break;
    case Kind::break_glass: what = "glass"; break;
    case Kind::claim: what = "claim"; break;
    case Kind::step: what = text("phase") == "intent" ? "intent" : "ended_step"; break;
    case Kind::heartbeat: what = "heartbeat"; break;
    case Kind::resume: what = "resume"; break;
    case Kind::outcome: what = text("result"); break;
    case Kind::close: what = "close"; break;
    default: return {};
  }
  static const std::map<std::string, int> kOthers{{"ben", 1}, {"cleo", 2}, {"machine", 3}};
  const auto& by = entry.header.by;
  return fmt::format(" {}/{}", what, by == requester ? 0 : kOthers.at(by));
}

class Life {
 public:
  World world{practice()};
  RunId run = world.planned("pair", {{"client", "C-1042"}}, Environment::local, true);

  void in(Environment environment, bool rehearsal) {
    run = world.planned("pair", {{"client", "C-1042"}}, environment, rehearsal);
  }
  void sign(const std::string& name) { must(world.approve(name, run)); }
  void both() {
    sign("ben");
    sign("cleo");
  }
  void order(const std::string& name = "ana") { must(world.order(run, name)); }
  void execute(Ending ending = Ending::succeeded) {
    if (must(world.execute(run)).ending != ending) throw std::logic_error("it ended otherwise");
  }
  void cut_off_in(const std::string& program) {
    world.processes.scripts[program].meanwhile = [](const auto&) { throw Broken("the power went"); };
    try {
      static_cast<void>(world.execute(run));
    } catch (const Broken&) {
    }
    world.processes.scripts[program].meanwhile = nullptr;
    must(world.recover(run));
  }
  void resume() {
    must(world.desk("ana").order_resume(run));
    must(world.executor().resume(run, {}, unseen_));
  }
  void close(const std::string& first, const std::string& second) {
    must(world.desk(first).close(run, "it was done"));
    must(world.desk(second).sign_finding(run, world.run(run).closes.front().hash));
  }
  void print(const std::string& name) {
    const auto& told = world.run(run);
    std::string words;
    for (const auto& bytes : world.store.entries) {
      const auto entry = must(ledger::decode_entry(bytes));
      if (entry.header.run == run) words += word(entry, told.request->by);
    }
    fmt::print("{} {} {}{}\n", name, told.plan->plan->resolution.rule.slots.size(),
               told.plan->plan->resolution.steps.size(), words);
  }

 private:
  execution::Progress unseen_;
};

const std::vector<std::pair<std::string, std::function<void(Life&)>>> kLives{
    {"executed", [](Life& life) { life.both(); life.order(); life.execute(); }},
    {"rejected", [](Life& life) { life.sign("ben"); must(life.world.desk("cleo").reject(life.run, "not so")); }},
    {"cancelled", [](Life& life) { life.both(); life.order(); must(life.world.desk("ana").cancel(life.run, "no")); }},
    {"withdrawn-and-signed-again",
     [](Life& life) {
       life.both();
       life.order();
       must(life.world.desk("ben").withdraw(life.run));
       life.sign("ben");
       life.order();
       life.execute();
     }},
    {"order-taken-back",
     [](Life& life) {
       life.both();
       life.order();
       must(life.world.desk("ana").withdraw_order(life.run));
       life.order();
       life.execute();
     }},
    {"by-another", [](Life& life) { life.both(); life.order("ben"); life.execute(); }},
    {"unsigned", [](Life& life) { life.in(Environment::local, false); life.order(); life.execute(); }},
    {"one-slot",
     [](Life& life) { life.in(Environment::staging, false); life.sign("cleo"); life.order("ben"); life.execute(); }},
    {"failed",
     [](Life& life) {
       life.both();
       life.order();
       life.world.processes.scripts["second"].code = 3;
       life.execute(Ending::failed);
     }},
    {"resumed", [](Life& life) { life.both(); life.order(); life.cut_off_in("first"); life.resume(); }},
    {"closed", [](Life& life) { life.both(); life.order(); life.cut_off_in("second"); life.close("ben", "cleo"); }},
    {"closed-with-the-requester",
     [](Life& life) {
       life.both();
       life.order();
       life.cut_off_in("second");
       must(life.world.desk("ana").order_resume(life.run));
       life.close("ana", "cleo");
     }},
    {"broke-glass",
     [](Life& life) {
       life.in(Environment::staging, false);
       must(life.world.desk("ana").break_glass(life.run, approval::Emergency::btg, "she collapsed"));
       life.order();
       life.execute();
     }},
    {"rolled-back",
     [](Life& life) {
       life.both();
       life.order();
       life.execute();
       const auto catalog = must(life.world.executor().governing_catalog(Environment::local));
       life.run = must(life.world.desk("ana").request_rollback(life.world.run(life.run), *catalog.find_verb("pair"),
                                                               true, catalog.policy()));
       must(life.world.plan(life.run));
       life.both();
       life.order();
       life.execute();
     }},
};

}  // namespace
}  // namespace blc::testing

int main() {
  for (const auto& [name, live] : blc::testing::kLives) {
    blc::testing::Life life;
    live(life);
    life.print(name);
  }
}
