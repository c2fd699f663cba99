#include "cli/views/subject_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "cli/views/recipient.hpp"
#include "cli/views/table.hpp"
#include "cli/views/undo.hpp"
#include "cli/views/words.hpp"
#include "core/approval/gate.hpp"
#include "core/privacy/need.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

using approval::StepFact;
using text::display;
using text::Json;

namespace {

// What the run's plan relied on, else what the verb is for.
std::string purpose_of(const approval::Run& run) {
  for (const auto& reliance : run.plan->plan->resolution.relies_on) {
    if (const auto* const purpose = std::get_if<privacy::Purpose>(&reliance.need))
      return fmt::format("{} ({})", privacy::words_for(*purpose), privacy::to_string(*purpose));
  }
  return run.plan->verb->summary;
}

class Events {
 public:
  Events(const approval::Run& run, const approval::Decision& decision) : run_(run), decision_(decision) {}

  std::vector<ReportedEvent> gather() {
    add(*run_.request, "asked", "asked for it");
    signatures();
    for (const auto& order : run_.orders) {
      if (order.withdrawn) add(order, "order-withdrawn", "took the order to run it back");
      else add(order, "ordered", order.resume ? "ordered it to go on" : "ordered it to run");
    }
    if (run_.claim) add(*run_.claim, "started", "ran it");
    for (const auto& resume : run_.resumes) {
      if (resume.after) ended(*resume.after);
      for (const auto& close : resume.closes) add(close, "closed", "signed a finding on how it ended");
      add(resume, "resumed", "went on with it");
    }
    disclosures();
    if (run_.outcome) ended(*run_.outcome);
    for (const auto& close : run_.closes) add(close, "closed", "signed a finding on how it ended");
    looks();
    std::ranges::stable_sort(events_, {}, &ReportedEvent::leaf);
    return std::move(events_);
  }

 private:
  void add(const approval::Fact& fact, std::string kind, std::string what) {
    events_.push_back({fact.leaf, fact.at, fact.by, std::move(kind), std::move(what)});
  }
  void ended(const approval::OutcomeFact& outcome) { add(outcome, "ended", fmt::format("ended: {}", approval::to_string(outcome.ending))); }

  // Of the approvals of one person the last stands in their slot.
  void signatures() {
    for (const auto& approval : run_.approvals) {
      if (approval.act == approval::Act::withdraw) {
        add(approval, "withdrew", "took their signatures back");
        continue;
      }
      const auto slot = std::ranges::find_if(decision_.slots, [&](const auto& each) { return each.by == approval.by && each.at == approval.at; });
      const bool filled = slot != decision_.slots.end();
      const auto lender = filled && !slot->in_place_of.empty() ? fmt::format(", in the place of {}", slot->in_place_of) : std::string();
      add(approval, "signed", filled ? fmt::format("signed as {}{}", slot->slot.name, lender) : std::string("signed, and filled no slot"));
    }
    if (run_.rejection) add(*run_.rejection, "rejected", "rejected it");
    if (run_.cancel) add(*run_.cancel, "cancelled", "cancelled it");
  }

  // From its intent on a step may have sent.
  void disclosures() {
    if (!run_.plan) return;
    const auto& steps = run_.plan->plan->resolution.steps;
    std::map<std::string, std::size_t> last;
    for (const auto& fact : run_.steps) {
      const auto step = std::ranges::find(steps, fact.step, &plan::PlannedStep::name);
      if (fact.undo || step == steps.end() || step->effect != Effect::disclose) continue;
      if (fact.phase == StepFact::Phase::intent) {
        last[fact.step] = events_.size();
        add(fact, "sent-out", {});
        events_.back().disclosure = Disclosure{recipient_of(run_, fact.step).value_or("unknown"), step->summary, purpose_of(run_)};
      } else if (const auto known = last.find(fact.step); known != last.end()) {
        settle(*events_[known->second].disclosure, fact);
      }
    }
    for (auto& event : events_) {
      if (event.disclosure) event.what = told(*event.disclosure);
    }
  }
  static void settle(Disclosure& disclosure, const StepFact& fact) {
    const bool done = fact.phase == StepFact::Phase::outcome ? fact.succeeded : fact.found == approval::Found::done;
    if (done) disclosure.came = Disclosure::Came::sent;
    if (fact.phase == StepFact::Phase::confirm && fact.found == approval::Found::not_done) disclosure.came = Disclosure::Came::not_sent;
  }
  static std::string told(const Disclosure& disclosure) {
    switch (disclosure.came) {
      case Disclosure::Came::sent: return "SENT OUT: " + disclosure.sent;
      case Disclosure::Came::perhaps: return "PERHAPS SENT OUT: " + disclosure.sent;
      case Disclosure::Came::not_sent: return "did not send out, as was found: " + disclosure.sent;
    }
    return disclosure.sent;
  }

  // Who saw, took or was refused what.
  void looks() {
    for (const auto& reveal : run_.reveals) {
      std::vector<std::string> names;
      for (const auto& name : reveal.names) {
        if (std::ranges::find(names, name) == names.end()) names.push_back(name);
      }
      add(reveal, "shown", "was shown what is sealed: " + either(names, "and"));
    }
    for (const auto& taken : run_.exports) add(taken, "output", "took out what was printed by " + either(step_titles(run_, taken.steps), "and"));
    if (run_.glass) add(*run_.glass, "glass-broken", fmt::format("broke the glass ({}, {})", to_string(run_.glass->code), meaning(run_.glass->code)));
    for (const auto& review : run_.reviews) add(review, "reviewed", "signed a finding of the review of the break-glass");
    for (const auto& refusal : run_.refusals) add(refusal, "refused", fmt::format("refused {} to {}", refusal.who, refusal.action));
  }

  const approval::Run& run_;
  const approval::Decision& decision_;
  std::vector<ReportedEvent> events_;
};

std::string summary_of(const approval::Run& run) { return run.plan ? run.plan->verb->summary : std::string(); }

std::string_view to_string(Disclosure::Came came) {
  switch (came) {
    case Disclosure::Came::sent: return "yes";
    case Disclosure::Came::perhaps: return "perhaps";
    case Disclosure::Came::not_sent: return "no";
  }
  return "perhaps";
}

std::string taken_words(const approval::ExportFact& taken) {
  return fmt::format("{} of {}", taken.what == approval::Taken::subject_report ? "made this report" : "took out a list", count(taken.runs, "run"));
}

std::size_t disclosed(const SubjectReport& report) {
  std::size_t number = 0;
  for (const auto& run : report.runs) {
    number += static_cast<std::size_t>(std::ranges::count_if(run.events, [](const auto& event) {
      return event.disclosure && event.disclosure->came != Disclosure::Came::not_sent;
    }));
  }
  return number;
}

std::string run_text(const ReportedRun& reported, Timestamp now, std::size_t width) {
  const auto& run = *reported.run;
  auto text = wrap(fmt::format("Run {}  {}     {}, {}, {}", run.id.suffix(), what_it_does(run), to_string(run.classification), loud(run.environment),
                               to_string(reported.state)), width, 4) + "\n";
  if (const auto summary = summary_of(run); !summary.empty()) text += wrap("  " + display(summary), width, 4) + "\n";
  for (const auto& event : reported.events) {
    text += wrap(fmt::format("  {}  {:<12} {}", when(event.at, now), event.by, display(event.what)), width, 20) + "\n";
    if (!event.disclosure) continue;
    text += wrap(std::string(20, ' ') + "to: " + display(event.disclosure->recipient), width, 24) + "\n";
    text += wrap(std::string(20, ' ') + "for: " + display(event.disclosure->purpose), width, 24) + "\n";
  }
  return text;
}

}  // namespace

ReportedRun report_of(const approval::Replay& replay, const approval::Run& run, Timestamp now) {
  const auto decision = run.plan ? decide(replay.context(run, now)) : approval::Decision();
  return {&run, replay.state(run, now), Events(run, decision).gather()};
}

std::string to_text(const SubjectReport& report, std::string_view name, Timestamp now, std::size_t width) {
  const auto whom = name.empty() ? std::string("one person") : display(name);
  auto text = wrap(fmt::format("All that was done with the data of {}, from {} to {}: {}.", whom, when(report.since, now), when(report.until, now),
                               count(report.runs.size(), "run")), width, 0) + "\n";
  const auto sent = disclosed(report);
  text += sent == 0 ? "Nothing was sent out.\n" : fmt::format("Sent out: {}.\n", count(sent, "time"));
  for (const auto& run : report.runs) text += "\n" + run_text(run, now, width);
  if (!report.exports.empty()) text += "\nTaken out of the system, of this person alone\n";
  for (const auto& taken : report.exports)
    text += wrap(fmt::format("  {}  {:<12} {}", when(taken.at, now), taken.by, taken_words(taken)), width, 20) + "\n";
  if (report.hidden > 0) text += "\n" + wrap(fmt::format("NOT SHOWN: {} that your roles do not let you audit.", count(report.hidden, "run")), width, 0) + "\n";
  return text;
}

Json to_json(const SubjectReport& report) {
  Json::Array runs;
  for (const auto& reported : report.runs) {
    const auto& run = *reported.run;
    Json::Array events;
    for (const auto& event : reported.events) {
      Json::Object object{{"at", blc::to_string(event.at)}, {"by", event.by}, {"event", event.kind}, {"what", event.what}, {"leaf", event.leaf}};
      if (const auto& disclosure = event.disclosure)
        object.emplace("disclosure", Json::Object{{"recipient", disclosure->recipient}, {"sent", disclosure->sent},
                                                  {"purpose", disclosure->purpose}, {"happened", to_string(disclosure->came)}});
      events.emplace_back(std::move(object));
    }
    runs.emplace_back(Json::Object{{"run", run.id.str()}, {"verb", run.request->request.verb}, {"summary", summary_of(run)},
                                   {"classification", blc::to_string(run.classification)}, {"environment", blc::to_string(run.environment)},
                                   {"state", approval::to_string(reported.state)}, {"events", std::move(events)}});
  }
  Json::Array exports;
  for (const auto& taken : report.exports)
    exports.emplace_back(Json::Object{{"at", blc::to_string(taken.at)}, {"by", taken.by}, {"what", approval::to_string(taken.what)},
                                      {"runs", taken.runs}, {"leaf", taken.leaf}});
  return Json::Object{{"format", "blc.subject-report/v1"}, {"subject", report.hash}, {"since", blc::to_string(report.since)},
                      {"until", blc::to_string(report.until)}, {"runs", std::move(runs)}, {"exports", std::move(exports)},
                      {"not_shown", report.hidden}};
}

std::string to_csv(const SubjectReport& report) {
  std::vector<Row> rows;
  for (const auto& reported : report.runs) {
    const auto& run = *reported.run;
    for (const auto& event : reported.events) {
      const auto sent = event.disclosure.value_or(Disclosure());
      rows.push_back({blc::to_string(event.at), run.id.str(), run.request->request.verb, summary_of(run), std::string(blc::to_string(run.environment)),
                      event.by, event.kind, event.what, sent.recipient, sent.sent, sent.purpose,
                      event.disclosure ? std::string(to_string(sent.came)) : ""});
    }
  }
  for (const auto& taken : report.exports)
    rows.push_back({blc::to_string(taken.at), "", "", "", "", taken.by, std::string(approval::to_string(taken.what)), taken_words(taken), "", "", "", ""});
  return csv({"at", "run", "verb", "summary", "environment", "by", "event", "what", "recipient", "sent", "purpose", "happened"}, rows);
}

}  // namespace blc::cli
