"""What is said in the recordings, and where in them."""

# "A Tale of Two Cities", read by one person; in milliseconds, a little silence included on both sides.
TWO_CITIES = (
    (1050, 4750, "It was the best of times, it was the worst of times"),
    (4880, 6380, "it was the age of wisdom"),
    (6520, 8390, "it was the age of foolishness"),
    (8670, 10490, "it was the epoch of belief"),
    (10620, 12980, "it was the epoch of incredulity"),
    (13330, 14940, "it was the season of Light"),
    (15000, 16880, "it was the season of Darkness"),
    (17420, 18850, "it was the spring of hope"),
    (18850, 20650, "it was the winter of despair"),
    (21100, 24190, "we had everything before us, we had nothing before us"),
    (24500, 26180, "we were all going direct to Heaven"),
    (26420, 28470, "we were all going direct the other way"),
    (28960, 32420, "in short, the period was so far like the present period"),
    (32640, 36760, "that some of its noisiest authorities insisted on its being received"),
    (36810, 38520, "for good or for evil"),
    (38550, 41830, "in the superlative degree of comparison only"),
)
HARVARD_SENTENCES = (
    ("F1", 0, 2900, "Hoist the load to your left shoulder"),
    ("F1", 3300, 6000, "Take the winding path to reach the lake"),
    ("F2", 0, 2700, "Note closely the size of the gas tank"),
    ("F2", 3000, 5600, "Wipe the grease off his dirty face"),
    ("M1", 0, 2250, "Mend the coat before you go out"),
    ("M1", 2550, 4600, "What joy there is in living"),
    ("M2", 0, 2650, "The wrist was badly strained and hung limp"),
    ("M2", 2950, 5150, "The stray cat gave birth to kittens"),
)
SPHINX_SENTENCES = (
    (
        "librivox/sense_and_sensibility_01_austen_64kb-0870.wav",
        "And Mr. John Dashwood had then leisure to consider "
        "how much there might be prudently in his power to do for them",
    ),
    ("librivox/sense_and_sensibility_01_austen_64kb-0880.wav", "He was not an ill disposed young man"),
    (
        "librivox/sense_and_sensibility_01_austen_64kb-0890.wav",
        "unless to be rather cold hearted and rather selfish is to be ill disposed",
    ),
    (
        "librivox/sense_and_sensibility_01_austen_64kb-0920.wav",
        "Had he married a more amiable woman he might have been made still more respectable than he was",
    ),
    ("librivox/sense_and_sensibility_01_austen_64kb-0930.wav", "He might even have been made amiable himself"),
    ("cards/001.wav", "ten of clubs"),
    ("cards/003.wav", "seven of clubs"),
    ("cards/005.wav", "eight of spades four of clubs seven of hearts"),
    ("goforward.raw", "go forward ten meters"),
    ("something.raw", "go somewhere and do something"),
)
ANNOUNCEMENTS = (
    (
        "queue-periodic-announce",
        "All of our representatives are currently busy. Please stay on the line and your call "
        "will be answered by the next available representative.",
    ),
    ("vm-nobox", "You cannot reply to this message because the sender does not have a mailbox."),
    ("confbridge-pin", "Please enter your personal identification number followed by the pound or hash key."),
    ("confbridge-pin-bad", "You have entered too many invalid personal identification numbers."),
    ("ss-noservice", "The number you have dialed is not in service. Please check the number and try again."),
    ("vm-forward", "Press one to enter an extension. Press two to use the directory."),
    ("vm-tmpexists", "There is a temporary greeting which overrides your standard greetings."),
    ("vm-rec-busy", "After the tone, say your busy message, and then press the pound key."),
    ("vm-rec-name", "After the tone, say your name, and then press the pound key."),
    ("vm-forward-multiple", "Press one to send this message or two to add another recipient."),
    ("pbx-invalid", "I am sorry, but that is not a valid extension. Please try again."),
    ("vm-mismatch", "The passwords you entered and re-entered did not match. Please try again."),
    ("demo-enterkeywords", "Please enter one or more keywords separated by star and then press the pound key."),
    ("vm-saveoper", "Press one to accept this recording. Otherwise please continue to hold."),
    ("dir-usingkeypad", "Using your touch tone keypad, use the seven key for Q and the nine key for Z."),
)
