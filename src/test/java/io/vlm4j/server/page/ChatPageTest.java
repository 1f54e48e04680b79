package io.vlm4j.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.testkit.TestModels;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openqa.selenium.Keys;

@Tag("browser")
@ExtendWith(OpenPage.class)
class ChatPageTest {
    @Test
    void aQuestionIsAnsweredWhileTheAnswerComes(PageDriver page, FakeApi api) throws Exception {
        page.ask("What is a camel?");
        Asked asked = api.next();
        asked.say("A camel");
        page.awaitText(".answer .text", "A camel");
        assertThat(page.isShown("#stop")).isTrue();
        assertThat(page.text("#announcer")).isEmpty();
        asked.say(" has a **hump**.").finish();
        page.awaitEnd();

        assertThat(asked.body().path("stream").asBoolean()).isTrue();
        assertThat(asked.body().at("/stream_options/include_usage").asBoolean()).isTrue();
        assertThat(asked.body().path("model").asString()).isEqualTo("pico-llava-q4_0.gguf");
        assertThat(asked.question()).isEqualTo("What is a camel?");
        assertThat(asked.body().has("temperature")).isFalse();
        assertThat(page.answer()).isEqualTo("A camel has a hump.");
        assertThat(page.text(".answer strong")).isEqualTo("hump");
        assertThat(page.text(".figures"))
                .contains("1,234 prompt tokens (1,200 reused)", "42 tokens", "32 tokens/s", "first after");
        page.awaitText("#announcer", "pico-llava-q4_0 answered: A camel has a **hump**.");
        assertThat(page.complaints()).isEmpty();
        assertThat(page.foreignRequests()).isEmpty();
    }

    @Test
    void stoppingKeepsWhatCameAndLetsTheServerKnow(PageDriver page, FakeApi api) throws Exception {
        page.ask("Count.");
        try (Asked asked = api.next()) {
            asked.say("one two three");
            page.awaitText(".answer .text", "three");
            page.click("#stop");
            page.awaitEnd();

            assertThat(asked.isAbandoned()).isTrue();
        }
        assertThat(page.answer()).isEqualTo("one two three");
        assertThat(page.text(".figures")).startsWith("Stopped");
        assertThat(page.isShown(".trouble")).isFalse();

        page.ask("Go on.");
        try (Asked asked = api.next()) {
            assertThat(asked.body().at("/messages/1/content").asString()).isEqualTo("one two three");
            assertThat(asked.question()).isEqualTo("Go on.");
        }
    }

    @Test
    void aQuestionIsChangedAndWhatFollowedItGoes(PageDriver page, FakeApi api) throws Exception {
        converse(page, api, "First?", "one");
        converse(page, api, "Second?", "two");
        assertThat(page.count(".turn")).isEqualTo(2);

        page.hover(".turn:first-child .question");
        page.click(".turn:first-child .edit");
        assertThat(page.script("return document.getElementById('question').value"))
                .isEqualTo("First?");
        assertThat(page.isShown("#editing")).isTrue();
        page.ask("Another?");
        try (Asked asked = api.next()) {
            assertThat(asked.body().path("messages").size()).isEqualTo(1);
            assertThat(asked.question()).isEqualTo("Another?");
            asked.say("three").finish();
        }
        page.awaitEnd();

        assertThat(page.count(".turn")).isEqualTo(1);
        assertThat(page.answer()).isEqualTo("three");
        assertThat(page.isShown("#editing")).isFalse();
    }

    @Test
    void anAnswerIsAskedForAgain(PageDriver page, FakeApi api) throws Exception {
        converse(page, api, "Why?", "because");

        page.clickText("Ask again");
        try (Asked asked = api.next()) {
            assertThat(asked.body().path("messages").size()).isEqualTo(1);
            asked.say("therefore").finish();
        }
        page.awaitText(".answer .text", "therefore");

        assertThat(page.answer()).isEqualTo("therefore");
        assertThat(page.count(".turn")).isEqualTo(1);
    }

    @Test
    void aNewConversationRemembersNothing(PageDriver page, FakeApi api) throws Exception {
        converse(page, api, "Remember me?", "yes");
        page.ask("Still?");
        try (Asked running = api.next()) {
            running.say("y");
            page.awaitText(".answer .text", "y");
            page.click("#new");
            assertThat(running.isAbandoned()).isTrue();
        }

        assertThat(page.count(".turn")).isZero();
        assertThat(page.isShown("#welcome")).isTrue();
        assertThat(page.focus()).isEqualTo("question");
        page.ask("Who are you?");
        try (Asked asked = api.next()) {
            assertThat(asked.body().path("messages").size()).isEqualTo(1);
        }
    }

    @Test
    void settingsGoWithEveryQuestionAndStay(PageDriver page, FakeApi api) throws Exception {
        page.click("#open-settings");
        page.fill("[name=system]", "Be brief.");
        page.fill("[name=temperature]", "0.25");
        page.fill("[name=topP]", "0.9");
        page.fill("[name=maxTokens]", "64");
        page.fill("[name=seed]", "7");
        page.shoot("settings");
        page.clickText("Done");
        assertThat(page.focus()).isEqualTo("open-settings");
        page.reload();

        page.ask("Hello");
        try (Asked asked = api.next()) {
            assertThat(asked.body().path("temperature").asDouble()).isEqualTo(0.25);
            assertThat(asked.body().path("top_p").asDouble()).isEqualTo(0.9);
            assertThat(asked.body().path("max_tokens").asInt()).isEqualTo(64);
            assertThat(asked.body().path("seed").asInt()).isEqualTo(7);
            assertThat(asked.body().at("/messages/0/role").asString()).isEqualTo("system");
            assertThat(asked.body().at("/messages/0/content").asString()).isEqualTo("Be brief.");
        }
    }

    @Test
    void numbersOutOfRangeAreNotTaken(PageDriver page, FakeApi api) throws Exception {
        page.click("#open-settings");
        page.fill("[name=temperature]", "99");
        page.fill("[name=longestEdge]", "1");
        page.press(Keys.ESCAPE);

        page.ask("Hello");
        try (Asked asked = api.next()) {
            assertThat(asked.body().has("temperature")).isFalse();
        }
    }

    @Test
    void thoughtsAreFoldedAway(PageDriver page, FakeApi api) throws Exception {
        page.ask("Think.");
        try (Asked asked = api.next()) {
            asked.think("Hmm, <b>let me see</b>.").say("Done.").finish();
        }
        page.awaitEnd();

        assertThat(page.isShown(".thinking")).isTrue();
        assertThat(page.isShown(".thought")).isFalse();
        page.click(".thinking summary");
        assertThat(page.text(".thought")).isEqualTo("Hmm, <b>let me see</b>.");
        assertThat(page.answer()).isEqualTo("Done.");
    }

    @Test
    void anAnswerCutByItsLimitSaysSo(PageDriver page, FakeApi api) throws Exception {
        page.ask("Tell me everything.");
        try (Asked asked = api.next()) {
            asked.say("Once upon a").finish("length");
        }
        page.awaitEnd();

        assertThat(page.text(".figures")).startsWith("Cut at the most tokens");
    }

    @Test
    void aServerThatTellsNothingOfItsModelIsEnough(PageDriver page, FakeApi api) throws Exception {
        api.models("{\"object\": \"list\", \"data\": [{\"id\": \"some model\"}]}");
        page.load(api.address());

        page.drop(TestModels.sample("06-red_apple.png"));
        page.awaitThumbnails(1);
        page.ask("What is this?");
        try (Asked asked = api.next()) {
            assertThat(asked.parts("image_url")).hasSize(1);
            asked.say("An apple.").event("{\"choices\": [{\"delta\": {}, \"finish_reason\": \"stop\"}]}");
        }
        page.awaitEnd();

        assertThat(page.answer()).isEqualTo("An apple.");
        assertThat(page.isShown(".trouble")).isFalse();
        assertThat(page.text(".actions")).doesNotContain("Where did it look?");
    }

    @Test
    void aModelWithoutEyesIsNotShownPictures(PageDriver page, FakeApi api) throws Exception {
        api.models("{\"data\": [{\"id\": \"text\", \"capabilities\": [\"completion\"]}]}");
        page.load(api.address());

        page.drop(TestModels.sample("06-red_apple.png"));

        page.awaitText("#notice", "cannot see pictures");
        assertThat(page.count("#tray li")).isZero();
        assertThat(page.isShown(".tools [data-pick]")).isFalse();
    }

    private static void converse(PageDriver page, FakeApi api, String question, String answer) throws Exception {
        page.ask(question);
        try (Asked asked = api.next()) {
            asked.say(answer).finish();
        }
        page.awaitText(".turn:last-child .answer .text", answer);
        page.awaitEnd();
    }
}
